//! The accounts of the show, and the server that it ends with.

use std::net::SocketAddr;

use serde_json::json;
use zhida_engine::payouts::{Moment, Thing};

use super::month::Month;
use crate::accounts::{AccountSettings, Accounts};
use crate::arguments::Common;
use crate::command::serve::Serve;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, DeskArguments};
use crate::store::{Address, Listing};
use crate::table::{Side, table};

/// Makes an account for everybody of the show, says how to sign in, and serves all pages.
pub(super) fn serve(
    month: &Month<'_>,
    (listen, clock): (Option<SocketAddr>, Option<Moment>),
    common: &Common,
    output: &mut Output,
) -> Result<Status, Failure> {
    let store: Option<Address> = std::env::var("ZHIDA_STORE")
        .ok()
        .and_then(|address| address.parse().ok());
    let now = clock.unwrap_or_else(|| Moment(jiff::Timestamp::now().as_microsecond()));
    make_accounts(month, store.clone(), now, output)?;
    output.flush()?;
    Serve::show(month.data(), store, month.settings(), (listen, clock)).run(common, output)
}

fn make_accounts(
    month: &Month<'_>,
    store: Option<Address>,
    now: Moment,
    output: &mut Output,
) -> Result<(), Failure> {
    let desk = Desk::open(&DeskArguments {
        data: month.data(),
        store,
        ..DeskArguments::default()
    })?;
    let codes = library::codes()?;
    let folder = month.data();
    let accounts = desk.wait(Accounts::open(
        &desk.store,
        &folder,
        AccountSettings::default(),
        codes,
    ))?;
    if output.form() == Form::People {
        output.line("")?;
        output.heading("登录用的账号:口令和动态口令密钥都是这一次演示随机生成的")?;
    }
    let mut rows = table(&[
        ("账号", Side::Left),
        ("姓名", Side::Left),
        ("职责", Side::Left),
        ("口令", Side::Left),
        ("动态口令密钥(TOTP)", Side::Left),
    ]);
    for thing in desk.wait(desk.store.list(Listing::Users))? {
        let Thing::User(user) = thing else { continue };
        let made = desk
            .handle()
            .block_on(accounts.prepare(user.id.as_str(), now))?;
        let roles = user.roles.iter().map(|role| role.chinese());
        let roles: Vec<&str> = roles.collect();
        if output.form() == Form::Json {
            output.json(&json!({"account": {
                "id": made.account, "person": user.person, "roles": roles,
                "password": made.password, "seed": made.seed,
            }}))?;
        }
        rows.add_row([
            made.account,
            user.person.to_string(),
            roles.join("、"),
            made.password,
            made.seed,
        ]);
    }
    match output.form() {
        Form::Json => Ok(()),
        Form::People => {
            output.line(rows.trim_fmt())?;
            output.line("按 Ctrl-C 结束服务")
        }
    }
}
