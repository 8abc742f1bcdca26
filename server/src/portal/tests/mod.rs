//! The pages of the portal over a real store.

mod calculating;
mod own_measures;
mod own_payouts;
mod public_pages;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::Context;
use zhida_engine::payouts::{BureauId, Command, PersonId, Role, User, UserId};
use zhida_policies::values::{Date, Uscc};

use crate::arguments::Common;
use crate::library;
use crate::output::Output;
use crate::payouts::settings::BureauSettings;
use crate::store::tests::support::month::{BUREAU, Script};
use crate::store::{Answered, Request};
use crate::web::testing::Site;
use crate::web::{Material, Published};

/// A moment inside the month of the script.
pub(super) const AT: &str = "2026-03-05T10:00:00+08:00";

/// The settings of the bureau of the demonstration.
pub(super) fn settings() -> BureauSettings {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/command/demo/bureau.toml");
    BureauSettings::read(Path::new(path)).unwrap()
}

/// So many made-up enterprises of a city, in the assessment year 2025.
pub(super) fn material(count: u64) -> Material {
    let library = library::sound(&Common::with(None, None), &mut Output::kept()).unwrap();
    let options = GenerateOptions {
        count,
        seed: 11,
        year: 2025,
        as_of: Some(Date::constant(2026, 1, 1)),
        regions: vec![library.codes.region("4206").unwrap()],
        only: None,
    };
    let vocabulary = Arc::clone(&library.vocabulary);
    let generator = Generator::new(vocabulary, &library.codes, options).unwrap();
    let made = generator.snapshot(&mut |_| ControlFlow::Continue(()));
    Material {
        snapshot: made.unwrap(),
        context: Context {
            year: 2025,
            as_of: Date::constant(2026, 1, 1),
        },
        folder: std::path::PathBuf::new(),
        sweep: None,
    }
}

/// The policies of the binary with their index.
pub(super) fn published() -> Published {
    let common = Common::with(None, None);
    crate::command::published(&common, &mut Output::kept()).unwrap()
}

/// A site with all routes of the portal.
pub(super) async fn site(material: Option<Material>) -> Site {
    Site::new(AT, vec![settings()], material, super::places()).await
}

/// Who an enterprise is to the site, which is also the account that its orders are given with.
pub(super) fn who(uscc: Uscc) -> String {
    format!("企业@{uscc}")
}

/// Adds an account for an enterprise to a script.
pub(super) fn account(script: &mut Script, uscc: Uscc) {
    let user = User {
        id: UserId::new(who(uscc)),
        person: PersonId::new(format!("{uscc}的法人")),
        bureau: BureauId::new(BUREAU),
        roles: [Role::Enterprise].into(),
        enterprise: Some(uscc),
        approves_up_to: None,
        is_active: true,
    };
    script.order(
        zhida_engine::payouts::Actor::System,
        Command::SetUp { user },
    );
}

/// Gives all orders of a script; every one must be carried out.
pub(super) async fn play(site: &Site, script: Script) {
    let requests: Vec<Request> = script
        .orders
        .into_iter()
        .map(|(key, order)| Request { key, order })
        .collect();
    for answered in site.server.store.submit(&requests).await.unwrap() {
        assert!(matches!(answered, Answered::Done { .. }), "{answered:?}");
    }
}

/// A text as a form carries it.
pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    super::parts::address("", pairs.iter().copied())
        .trim_start_matches('?')
        .to_owned()
}
