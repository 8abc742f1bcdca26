//! Lists by key: they come to what reading everything comes to, and read no more than they show.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{Books, BureauId, Payout, PayoutState, Step, Thing, WaitsFor};

use super::payouts::{self, PayoutQuery};
use super::{things, work};
use crate::publishing;
use crate::store::books::{keyed, page};
use crate::store::database::Value;
use crate::store::tests::support::month::{self, Script};
use crate::store::{Listing, PayoutFilter, Request, Store};
use crate::web::Scope;

/// Everything of a month, with questions, claims, changed accounts and what ended.
async fn a_month(folder: &tempfile::TempDir) -> Store {
    let store = Store::create(&folder.path().join("data"), None, "示例").await;
    let store = store.unwrap();
    for (key, order) in Script::month(12).orders {
        store.submit(&[Request { key, order }]).await.unwrap();
    }
    store
}

fn all() -> Scope {
    Scope::Bureaus(BTreeSet::from([BureauId::new(month::BUREAU)]))
}

async fn every(store: &Store) -> Vec<Payout> {
    store.payouts(&PayoutFilter::default()).await.unwrap()
}

/// Reads a list to its end, three at a time.
async fn paged(store: &Store, scope: &Scope, query: &PayoutQuery) -> Vec<Payout> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = payouts::page(store, scope, query, (&after, 3))
            .await
            .unwrap();
        assert!(page.payouts.len() <= 3);
        found.extend(page.payouts);
        match page.next {
            Some(next) => after = next,
            None => return found,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_come_to_what_reading_everything_comes_to() {
    let folder = tempfile::tempdir().unwrap();
    let store = a_month(&folder).await;
    let everything = every(&store).await;
    let states: BTreeSet<PayoutState> = everything.iter().map(Payout::state).collect();
    assert!(states.len() > 2, "{states:?}");
    let mut wanted: Vec<Vec<PayoutState>> = states.iter().map(|state| vec![*state]).collect();
    wanted.push(Vec::new());
    wanted.push(states.iter().copied().take(2).collect());
    for states in wanted {
        let query = PayoutQuery {
            states: states.clone(),
            ..PayoutQuery::default()
        };
        let is_in = |one: &&Payout| states.is_empty() || states.contains(&one.state());
        let expected: Vec<Payout> = everything.iter().filter(is_in).cloned().collect();
        assert_eq!(paged(&store, &all(), &query).await, expected, "{states:?}");
        // Of one enterprise, as an official and as itself.
        let own = everything[0].key.uscc;
        let mine: Vec<Payout> = expected
            .iter()
            .filter(|one| one.key.uscc == own)
            .cloned()
            .collect();
        let of_one = PayoutQuery {
            enterprise: Some(own),
            ..query.clone()
        };
        assert_eq!(paged(&store, &all(), &of_one).await, mine);
        assert_eq!(paged(&store, &Scope::Enterprise(own), &query).await, mine);
        let nobody = Scope::Bureaus(BTreeSet::from([BureauId::new("别处")]));
        assert_eq!(paged(&store, &nobody, &query).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_marked_is_what_the_payouts_say() {
    let folder = tempfile::tempdir().unwrap();
    let store = a_month(&folder).await;
    let everything = every(&store).await;
    let of = |is_in: fn(&Payout) -> bool| -> Vec<Payout> {
        let found = everything.iter().filter(|one| is_in(one));
        found.cloned().collect()
    };
    let questioned = of(Payout::has_questions);
    let claimed = of(|one| {
        let is_paid = matches!(one.state(), PayoutState::Paid | PayoutState::Settled);
        is_paid && !one.claims.is_empty()
    });
    let found = payouts::questioned(&store, &all(), ("", 100)).await;
    assert_eq!(found.unwrap(), questioned);
    let found = payouts::claimed(&store, &all(), ("", 100)).await;
    assert_eq!(found.unwrap(), claimed);
    // What waits, counted payout by payout.
    let mut expected: BTreeMap<(&str, String), (u64, i64)> = BTreeMap::new();
    for payout in &everything {
        let waiting = payout.waiting();
        if waiting.on != WaitsFor::Nobody {
            let key = (waiting.step, waiting.since.business_date().to_string());
            let (count, fen) = expected.entry(key).or_default();
            *count += 1;
            *fen += payout.amount.fen();
        }
    }
    let piles = work::piles(&store, &all()).await.unwrap();
    assert_eq!(piles, work::all_piles(&store).await.unwrap());
    let found = piles.into_iter().map(|pile| {
        assert_eq!(pile.bureau, BureauId::new(month::BUREAU));
        let key = (pile.step.chinese(), pile.since.to_string());
        (key, (pile.payouts, pile.fen))
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_accounts_are_those_of_all_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let store = a_month(&folder).await;
    let now = every(&store).await.iter().map(|one| one.since).max();
    let now = now.unwrap();
    let mut whole = Books::new();
    for payee in store.list(Listing::Payees).await.unwrap() {
        whole.put(payee);
    }
    for days in [0, 1, 30, 400] {
        let expected = whole.payee_alarms(now.business_date(), days);
        let since = things::days_back(now, days);
        for found in [
            things::odd_payees(&store, &all(), since).await.unwrap(),
            things::all_odd_payees(&store, since).await.unwrap(),
        ] {
            let mut books = Books::new();
            found
                .into_iter()
                .for_each(|one| books.put(Thing::Payee(one)));
            let alarms = books.payee_alarms(now.business_date(), days);
            assert_eq!(alarms, expected, "{days} days");
        }
    }
}

/// Rows of an older schema get their columns when the store is opened, and are what they were.
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_an_older_schema_are_completed() {
    let folder = tempfile::tempdir().unwrap();
    let store = a_month(&folder).await;
    let before = work::all_piles(&store).await.unwrap();
    let emptied: Result<(), crate::store::StoreError> = store
        .database
        .write(|mut transaction| async move {
            for update in [
                "UPDATE payouts SET next_step = NULL, is_questioned = NULL, is_claimed = NULL",
                "UPDATE payees SET version = NULL, changed_at = NULL",
                "UPDATE motions SET kind = NULL, about = NULL, asked_at = NULL",
                "DELETE FROM settings WHERE name = 'books.completed'",
            ] {
                transaction.execute(update, &[]).await?;
            }
            Ok(())
        })
        .await;
    emptied.unwrap();
    assert_eq!(work::all_piles(&store).await.unwrap(), []);
    store.close().await;
    let store = Store::open(&folder.path().join("data"), None)
        .await
        .unwrap();
    assert_eq!(work::all_piles(&store).await.unwrap(), before);
    assert_eq!(store.verify(None).await.unwrap().fault, None);
}

/// A row that loses a column later was changed by somebody: it is found, and not made good.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_emptied_later_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = a_month(&folder).await;
    let changed: Result<(), crate::store::StoreError> = store
        .database
        .write(|mut transaction| async move {
            let update = "UPDATE payouts SET next_step = NULL, amount = amount + 1 \
                          WHERE id = (SELECT MIN(id) FROM payouts)";
            transaction.execute(update, &[]).await?;
            Ok(())
        })
        .await;
    changed.unwrap();
    store.close().await;
    let store = Store::open(&folder.path().join("data"), None)
        .await
        .unwrap();
    let fault = store.verify(None).await.unwrap().fault;
    assert!(fault.is_some());
}

/// The names of steps stand in the database: each is one step's.
#[test]
fn steps_have_names_of_their_own() {
    let names: BTreeSet<&str> = Step::ALL.into_iter().map(Step::name).collect();
    let words: BTreeSet<&str> = Step::ALL.into_iter().map(Step::chinese).collect();
    assert_eq!(
        (names.len(), words.len()),
        (Step::ALL.len(), Step::ALL.len())
    );
}

/// How the database says that it will go about a statement.
async fn plan(store: &Store, statement: &str) -> Vec<String> {
    let explain = format!("EXPLAIN QUERY PLAN {statement}");
    let explain: &'static str = Box::leak(explain.into_boxed_str());
    let count = (1..20).filter(|number| statement.contains(&format!("${number}")));
    let values: Vec<Value> = count.map(|_| Value::Int(1)).collect();
    let rows = store.database.fetch(explain, &values).await.unwrap();
    let lines = rows
        .iter()
        .map(|row| row.text("detail").unwrap().to_owned());
    lines.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_reads_what_it_does_not_show() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("data"), None, "示例").await;
    let store = store.unwrap();
    let expected = [
        (
            keyed::IN_STATE,
            "payouts_listed (state=? AND bureau=? AND id>?)",
        ),
        (keyed::QUESTIONED, "payouts_questioned (bureau=? AND id>?)"),
        (keyed::CLAIMED, "payouts_claimed (bureau=? AND id>?)"),
        (keyed::OF_ENTERPRISE, "payouts_by_uscc (uscc=?"),
        (keyed::OF_NAMES, "sqlite_autoindex_payouts_1 (id=?)"),
        (work::PILES, "payouts_by_step (next_step=? AND bureau=?)"),
        (things::PAYEES, "payouts_by_uscc (uscc=?"),
        (
            publishing::PROPOSALS,
            "motions_by_kind (kind=? AND bureau=? AND state=?",
        ),
        (payouts::CAME_OF, "payouts_by_seal (seal=?)"),
        (
            crate::administration::WAITING,
            "motions_by_kind (kind=? AND bureau=? AND state=?",
        ),
        (things::ODD_PAYEES, "payees_by_account (account=?)"),
        (things::ODD_PAYEES, "payees_by_change (changed_at>?)"),
    ];
    let naming = page::NAMING.map(|(_, query)| (query, "papers_by_digest (digest=?"));
    for (statement, index) in expected.into_iter().chain(naming) {
        let lines = plan(&store, statement).await;
        let is_used = lines.iter().any(|line| line.contains(index));
        assert!(is_used, "{statement}: {lines:#?}");
        // No table is gone through row by row; names and sums may come out of an index alone.
        let mut scans = lines.iter().filter(|line| {
            line.starts_with("SCAN ") && !line.contains("COVERING") && !line.contains("json_each")
        });
        let scan = scans.next().filter(|line| line.contains("SCAN payouts"));
        assert_eq!(scan, None, "{statement}: {lines:#?}");
    }
    // The names of a list come out of the index, without a look at a row.
    let lines = plan(&store, keyed::IN_STATE).await;
    assert!(
        lines.iter().all(|line| line.contains("COVERING")),
        "{lines:?}"
    );
}
