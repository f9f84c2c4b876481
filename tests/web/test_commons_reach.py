"""Who sees a part of the devices is told of that part alone, also where something is set up for everybody."""

from collections.abc import Callable

from sqlalchemy import insert, select, update

from portal.bootstrap import Portal
from portal.db.models import Account, AccountUnit, Person, Unit
from tests.web.conftest import Filled
from tests.web.test_commons import PAGE, carry, pfx, put_on, send
from tests.web.visits import Visit
from tests.web.world import World


def test_who_sees_a_part_is_told_of_that_part(
    admin: Visit, sign_in: Callable[[str], Visit], portal: Portal, filled: Filled, world: World
) -> None:
    send(admin, pfx())
    carry(portal)
    put_on(portal, world.fine, 1)
    with portal.database.begin() as connection:
        own, other = connection.execute(select(Unit.id).order_by(Unit.name != "Отдел продаж")).scalars().all()[:2]
        connection.execute(update(Person).where(Person.id == world.vorontsov).values(unit_id=other))
        number = filled.accounts["operator"]
        connection.execute(update(Account).where(Account.id == number).values(scoped=True))
        connection.execute(insert(AccountUnit).values(account_id=number, unit_id=own))
    assert "1 из 2 устройств" in admin.page(PAGE).text
    local = sign_in("operator")
    page, _ = local.both(PAGE)
    assert "0 из 1 устройства" in page
    assert "/admin/policies/1" not in page, "a policy that was not given to him is named, and no page of his"
    assert "0 из 1 устройства" in local.page("/admin/commons").text
    for empty in ("/admin/policies", "/admin/assignments"):
        assert "Этой учётной записи не дана ни одна политика" in local.page(empty).text
