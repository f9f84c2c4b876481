/* A token that tells how much room it has and does nothing else: SoftHSM2 never tells. */
#define CRYPTOKI_COMPAT 1
#include <p11-kit/pkcs11.h>
#include <string.h>

static CK_RV do_initialize(void *settings) { (void)settings; return CKR_OK; }
static CK_RV do_finalize(void *reserved) { (void)reserved; return CKR_OK; }

static CK_RV do_info(CK_INFO_PTR info)
{
    memset(info, ' ', sizeof *info);
    info->cryptokiVersion = (CK_VERSION){ 2, 40 };
    return CKR_OK;
}

static CK_RV do_slots(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count)
{
    (void)present;
    if (list) list[0] = 7;
    *count = 1;
    return CKR_OK;
}

static CK_RV do_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info)
{
    (void)slot;
    memset(info, ' ', sizeof *info);
    info->flags = CKF_TOKEN_PRESENT;
    return CKR_OK;
}

static CK_RV do_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
    (void)slot;
    memset(info, ' ', sizeof *info);
    memcpy(info->serialNumber, "R-1", 3);
    info->flags = CKF_TOKEN_INITIALIZED;
    info->ulTotalPublicMemory = info->ulTotalPrivateMemory = 65536;
    info->ulFreePublicMemory = 8192;
    info->ulFreePrivateMemory = 4096;
    return CKR_OK;
}

static CK_RV do_open(CK_SLOT_ID slot, CK_FLAGS flags, void *a, CK_NOTIFY b, CK_SESSION_HANDLE_PTR session)
{
    (void)slot, (void)flags, (void)a, (void)b, (void)session;
    return CKR_SESSION_COUNT;
}

static CK_FUNCTION_LIST functions = {
    .version = { 2, 40 },
    .C_Initialize = do_initialize,
    .C_Finalize = do_finalize,
    .C_GetInfo = do_info,
    .C_GetSlotList = do_slots,
    .C_GetSlotInfo = do_slot_info,
    .C_GetTokenInfo = do_token_info,
    .C_OpenSession = do_open,
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    *list = &functions;
    return CKR_OK;
}
