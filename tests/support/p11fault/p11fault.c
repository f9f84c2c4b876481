/*
 * p11fault: a PKCS#11 module that stands in front of a real one and breaks it on order.
 *
 * Environment
 *   P11FAULT_TARGET  path of the real module (read once)
 *   P11FAULT_RULES   file of rules, looked at before every call, read again when it changed
 *   P11FAULT_PINS    file "wrong limit": wrong user PINs so far and how many lock the token;
 *                    when set, the module counts them itself and shows the PKCS#11 flags for it
 *   P11FAULT_LOG     one line a call: process, function, result, milliseconds; never an argument
 *
 * A rule is one line: a function or "*", then words
 *   after=N    let N calls of the function pass first       count=N   apply N times, then no more
 *   rate=P     apply to P percent of the calls              once=PATH apply only while PATH does not exist, and make it
 *   delay=MS   wait that long before                        rv=0xNN   answer with this code
 *   effect     call the real function before answering with the code: it happened, the answer is lost
 *   die        kill this process; with "effect" after the real call
 *   hang       never come back           crash      fault as a broken pointer does
 *   garbage    call the real function, then answer rubbish: in what it fills in, or as its code when it fills in nothing
 * The first rule that answers or kills wins; delays add up. '#' starts a comment.
 */
#define CRYPTOKI_COMPAT 1
#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_RULES = 128, LONGEST_LINE = 512 };

struct rule {
    char function[48], once[256];
    long after, count, rate, delay;
    CK_RV answer;
    int answers, effect, dies, hangs, crashes, garbage;
};

/* what the rules say about one call */
struct order {
    CK_RV answer;
    int answers, effect, dies, garbage;
    double began;
};

static CK_FUNCTION_LIST *target, table;
static struct rule rules[MOST_RULES];
static int rule_count;
static struct stat rules_seen;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void take_word(struct rule *rule, const char *word)
{
    const char *value = strchr(word, '=');
    value = value ? value + 1 : "";
    if (!strncmp(word, "after=", 6)) rule->after = atol(value);
    else if (!strncmp(word, "count=", 6)) rule->count = atol(value);
    else if (!strncmp(word, "rate=", 5)) rule->rate = atol(value);
    else if (!strncmp(word, "delay=", 6)) rule->delay = atol(value);
    else if (!strncmp(word, "once=", 5)) snprintf(rule->once, sizeof rule->once, "%s", value);
    else if (!strncmp(word, "rv=", 3)) { rule->answer = strtoul(value, NULL, 0); rule->answers = 1; }
    else if (!strcmp(word, "effect")) rule->effect = 1;
    else if (!strcmp(word, "die")) rule->dies = 1;
    else if (!strcmp(word, "hang")) rule->hangs = 1;
    else if (!strcmp(word, "crash")) rule->crashes = 1;
    else if (!strcmp(word, "garbage")) rule->garbage = 1;
    else { fprintf(stderr, "p11fault: unknown word %s\n", word); abort(); }
}

static void read_rules(void)
{
    const char *path = getenv("P11FAULT_RULES");
    struct stat found;
    char line[LONGEST_LINE];
    FILE *file;

    if (!path || stat(path, &found)) { rule_count = 0; memset(&rules_seen, 0, sizeof rules_seen); return; }
    if (found.st_ino == rules_seen.st_ino && found.st_size == rules_seen.st_size
        && !memcmp(&found.st_mtim, &rules_seen.st_mtim, sizeof found.st_mtim)) return;
    rules_seen = found;
    rule_count = 0;
    if (!(file = fopen(path, "r"))) return;
    while (rule_count < MOST_RULES && fgets(line, sizeof line, file)) {
        char *rest = NULL, *word;
        struct rule *rule = &rules[rule_count];
        line[strcspn(line, "#\n")] = '\0';
        if (!(word = strtok_r(line, " \t", &rest))) continue;
        *rule = (struct rule){ .count = -1, .rate = 100 };
        snprintf(rule->function, sizeof rule->function, "%s", word);
        while ((word = strtok_r(NULL, " \t", &rest))) take_word(rule, word);
        rule_count++;
    }
    fclose(file);
}

static int first_time(const char *path)
{
    int file;
    if (!*path) return 1;
    file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (file >= 0) close(file);
    return file >= 0;
}

static int applies(struct rule *rule, const char *function)
{
    if (strcmp(rule->function, "*") && strcmp(rule->function, function)) return 0;
    if (rule->after > 0) { rule->after--; return 0; }
    if (rule->count == 0 || (rule->rate < 100 && random() % 100 >= rule->rate)) return 0;
    if (!first_time(rule->once)) return 0;
    if (rule->count > 0) rule->count--;
    return 1;
}

static void nap(long duration)
{
    struct timespec rest = { duration / 1000, duration % 1000 * 1000000L };
    while (duration > 0 && nanosleep(&rest, &rest)) continue;
}

static struct order ask(const char *function)
{
    struct order order = { .began = milliseconds() };
    long delay = 0;
    int hangs = 0, crashes = 0;

    pthread_mutex_lock(&gate);
    read_rules();
    for (int i = 0; i < rule_count; i++) {
        struct rule *rule = &rules[i];
        if ((rule->answers || rule->dies) && (order.answers || order.dies)) continue;
        if (!applies(rule, function)) continue;
        delay += rule->delay;
        order.garbage |= rule->garbage;
        hangs |= rule->hangs;
        crashes |= rule->crashes;
        if (!rule->answers && !rule->dies) continue;
        order.answer = rule->answer;
        order.answers = rule->answers;
        order.effect = rule->effect;
        order.dies = rule->dies;
    }
    pthread_mutex_unlock(&gate);
    nap(delay);
    while (hangs) pause();
    if (crashes) raise(SIGSEGV);
    if (order.dies && !order.effect) kill(getpid(), SIGKILL);
    return order;
}

static CK_RV tell(const char *function, struct order order, CK_RV result)
{
    const char *path = getenv("P11FAULT_LOG");
    FILE *log = path ? fopen(path, "a") : NULL;

    if (order.dies) kill(getpid(), SIGKILL);
    if (order.answers) result = order.answer;
    if (log) {
        fprintf(log, "%d %s 0x%lx %.3f%s\n", (int)getpid(), function, result, milliseconds() - order.began,
                order.garbage ? " garbage" : order.answers ? (order.effect ? " lost" : " broken") : "");
        fclose(log);
    }
    return result;
}

/* wrong PINs so far, or -1 when nobody asked to count them */
static long wrong_pins(long *limit)
{
    const char *path = getenv("P11FAULT_PINS");
    long wrong = 0;
    FILE *file;

    *limit = 3;
    if (!path) return -1;
    if ((file = fopen(path, "r"))) {
        if (fscanf(file, "%ld %ld", &wrong, limit) < 1) wrong = 0;
        fclose(file);
    }
    return wrong;
}

static void set_wrong_pins(long wrong, long limit)
{
    const char *path = getenv("P11FAULT_PINS");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) { fprintf(file, "%ld %ld\n", wrong, limit); fclose(file); }
}

typedef CK_SESSION_HANDLE H;
typedef CK_OBJECT_HANDLE O;
typedef CK_ULONG N;
typedef CK_BYTE_PTR B;
typedef CK_ATTRIBUTE_PTR A;
typedef CK_MECHANISM_PTR M;

#define NOISE 0xa5
#define SPOIL(place, size) memset(place, NOISE, size)
#define JUNK (result = 0xa5a5a5a5)

static void spoil_values(A values, N count)
{
    for (N i = 0; i < count; i++)
        if (values[i].pValue && values[i].ulValueLen != (N)-1) SPOIL(values[i].pValue, values[i].ulValueLen);
}

/* the functions that only pass through: name, parameters, arguments, how rubbish is made of the answer */
#define PASSING(X) \
    X(GetSlotList, (CK_BBOOL a, CK_SLOT_ID_PTR b, CK_ULONG_PTR c), (a, b, c), if (b) SPOIL(b, *c * sizeof *b); else *c = 3) \
    X(GetSlotInfo, (CK_SLOT_ID a, CK_SLOT_INFO_PTR b), (a, b), SPOIL(b, sizeof *b)) \
    X(GetMechanismList, (CK_SLOT_ID a, CK_MECHANISM_TYPE_PTR b, CK_ULONG_PTR c), (a, b, c), if (b) SPOIL(b, *c * sizeof *b)) \
    X(GetMechanismInfo, (CK_SLOT_ID a, CK_MECHANISM_TYPE b, CK_MECHANISM_INFO_PTR c), (a, b, c), SPOIL(c, sizeof *c)) \
    X(OpenSession, (CK_SLOT_ID a, CK_FLAGS b, void *c, CK_NOTIFY d, CK_SESSION_HANDLE_PTR e), (a, b, c, d, e), SPOIL(e, sizeof *e)) \
    X(CloseSession, (H a), (a), JUNK) \
    X(GetSessionInfo, (H a, CK_SESSION_INFO_PTR b), (a, b), SPOIL(b, sizeof *b)) \
    X(Logout, (H a), (a), JUNK) \
    X(CreateObject, (H a, A b, N c, CK_OBJECT_HANDLE_PTR d), (a, b, c, d), SPOIL(d, sizeof *d)) \
    X(CopyObject, (H a, O b, A c, N d, CK_OBJECT_HANDLE_PTR e), (a, b, c, d, e), SPOIL(e, sizeof *e)) \
    X(DestroyObject, (H a, O b), (a, b), JUNK) \
    X(GetAttributeValue, (H a, O b, A c, N d), (a, b, c, d), spoil_values(c, d)) \
    X(SetAttributeValue, (H a, O b, A c, N d), (a, b, c, d), JUNK) \
    X(FindObjectsInit, (H a, A b, N c), (a, b, c), JUNK) \
    X(FindObjects, (H a, CK_OBJECT_HANDLE_PTR b, N c, CK_ULONG_PTR d), (a, b, c, d), SPOIL(b, *d * sizeof *b)) \
    X(FindObjectsFinal, (H a), (a), JUNK) \
    X(SignInit, (H a, M b, O c), (a, b, c), JUNK) \
    X(Sign, (H a, B b, N c, B d, CK_ULONG_PTR e), (a, b, c, d, e), if (d) SPOIL(d, *e)) \
    X(VerifyInit, (H a, M b, O c), (a, b, c), JUNK) \
    X(Verify, (H a, B b, N c, B d, N e), (a, b, c, d, e), JUNK) \
    X(GenerateKeyPair, (H a, M b, A c, N d, A e, N f, CK_OBJECT_HANDLE_PTR g, CK_OBJECT_HANDLE_PTR h), (a, b, c, d, e, f, g, h), SPOIL(g, sizeof *g); SPOIL(h, sizeof *h)) \
    X(UnwrapKey, (H a, M b, O c, B d, N e, A f, N g, CK_OBJECT_HANDLE_PTR h), (a, b, c, d, e, f, g, h), SPOIL(h, sizeof *h)) \
    X(GenerateRandom, (H a, B b, N c), (a, b, c), SPOIL(b, c))

#define PASS(name, parameters, arguments, spoil) \
    static CK_RV my_##name parameters \
    { \
        struct order order = ask("C_" #name); \
        CK_RV result = order.answers && !order.effect ? order.answer : target->C_##name arguments; \
        if (order.garbage && result == CKR_OK) { spoil; } \
        return tell("C_" #name, order, result); \
    }
PASSING(PASS)

static CK_RV my_Initialize(void *settings)
{
    struct order order = ask("C_Initialize");
    CK_RV result = order.answers && !order.effect ? order.answer : target->C_Initialize(settings);
    if (order.garbage) JUNK;
    return tell("C_Initialize", order, result);
}

static CK_RV counted_login(H session, CK_USER_TYPE who, B pin, N length)
{
    long limit, wrong = who == CKU_USER ? wrong_pins(&limit) : -1;
    CK_RV result;

    if (wrong < 0) return target->C_Login(session, who, pin, length);
    if (wrong >= limit) return CKR_PIN_LOCKED;
    result = target->C_Login(session, who, pin, length);
    if (result == CKR_OK) set_wrong_pins(0, limit);
    if (result == CKR_PIN_INCORRECT) set_wrong_pins(wrong + 1, limit);
    return result;
}

static CK_RV my_Login(H session, CK_USER_TYPE who, B pin, N length)
{
    struct order order = ask("C_Login");
    CK_RV result = order.answers && !order.effect ? order.answer : counted_login(session, who, pin, length);
    if (order.garbage) JUNK;
    return tell("C_Login", order, result);
}

static CK_RV counted_change(H session, B old, N old_length, B fresh, N fresh_length)
{
    long limit, wrong = wrong_pins(&limit);
    CK_RV result = target->C_SetPIN(session, old, old_length, fresh, fresh_length);
    if (wrong >= 0 && result == CKR_PIN_INCORRECT) set_wrong_pins(wrong + 1, limit);
    return result;
}

static CK_RV my_SetPIN(H session, B old, N old_length, B fresh, N fresh_length)
{
    struct order order = ask("C_SetPIN");
    CK_RV result = order.answers && !order.effect
        ? order.answer : counted_change(session, old, old_length, fresh, fresh_length);
    return tell("C_SetPIN", order, result);
}

static CK_RV my_InitPIN(H session, B pin, N length)
{
    long limit;
    struct order order = ask("C_InitPIN");
    CK_RV result = order.answers && !order.effect ? order.answer : target->C_InitPIN(session, pin, length);
    if (result == CKR_OK && wrong_pins(&limit) >= 0) set_wrong_pins(0, limit);
    return tell("C_InitPIN", order, result);
}

static CK_RV my_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
    struct order order = ask("C_GetTokenInfo");
    CK_RV result = order.answers && !order.effect ? order.answer : target->C_GetTokenInfo(slot, info);
    long limit, wrong = wrong_pins(&limit);

    if (result == CKR_OK && wrong >= 0 && info->flags & CKF_TOKEN_INITIALIZED) {
        info->flags &= ~(CK_FLAGS)(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
        if (wrong > 0) info->flags |= CKF_USER_PIN_COUNT_LOW;
        if (wrong == limit - 1) info->flags |= CKF_USER_PIN_FINAL_TRY;
        if (wrong >= limit) info->flags |= CKF_USER_PIN_LOCKED;
    }
    if (order.garbage && result == CKR_OK) SPOIL(info, sizeof *info);
    return tell("C_GetTokenInfo", order, result);
}

static CK_RV my_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    return C_GetFunctionList(list);
}

static CK_RV load_target(void)
{
    const char *path = getenv("P11FAULT_TARGET");
    void *handle = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    CK_C_GetFunctionList get = handle ? (CK_C_GetFunctionList)dlsym(handle, "C_GetFunctionList") : NULL;
    CK_FUNCTION_LIST *found = NULL;

    if (!get || get(&found) != CKR_OK) return CKR_GENERAL_ERROR;
    table = *found;
#define PLACE(name, parameters, arguments, spoil) table.C_##name = my_##name;
    PASSING(PLACE)
    table.C_Initialize = my_Initialize;
    table.C_Login = my_Login;
    table.C_SetPIN = my_SetPIN;
    table.C_InitPIN = my_InitPIN;
    table.C_GetTokenInfo = my_GetTokenInfo;
    table.C_GetFunctionList = my_GetFunctionList;
    target = found;
    return CKR_OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    CK_RV result = CKR_OK;
    pthread_mutex_lock(&gate);
    if (!target) result = load_target();
    pthread_mutex_unlock(&gate);
    if (result == CKR_OK) *list = &table;
    return result;
}
