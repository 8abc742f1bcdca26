//! The sums that a bureau is shown are those of the enterprises that it sees.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use zhida_engine::diff::{ListedAward, PayableFile, SweepFile};
use zhida_engine::facts::{Facts, Reading};
use zhida_engine::payouts::BureauId;
use zhida_engine::replay::Sealed;
use zhida_engine::sweep::TotalFen;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::{Period, Uscc};

use super::town::*;
use crate::accounts::{By, Office};
use crate::materials::{self, MaterialKind, Registered};
use crate::site;
use crate::table::{count, signed, total};
use crate::views::seen::Seen;
use crate::views::sweep_sums::SweepSums;
use crate::web::testing::Site;

const BESIDE_MAKER: &str = "经办@邻市财政局";

async fn last(site: &Site, kind: MaterialKind) -> Registered {
    let all = materials::list(&site.server.store, kind).await.unwrap();
    all.into_iter().next().unwrap()
}

/// What a sweep came to, enterprise by enterprise, read from its files without anything that the
/// server adds up with.
struct Read {
    sealed: Sealed,
    list: PayableFile,
}

impl Read {
    fn new(site: &Site, sweep: &Registered, facts: &Registered) -> Self {
        let (sweep, facts) = (
            site.server.folder.join(&sweep.folder),
            site.server.folder.join(&facts.folder),
        );
        let sealed = Sealed::open(&sweep, Some(&facts)).unwrap();
        let list = SweepFile::open(&sweep).unwrap();
        let list = list.payable(&sealed.snapshot, &sealed.library).unwrap();
        Self { sealed, list }
    }

    async fn last(site: &Site) -> Self {
        let sweep = last(site, MaterialKind::Sweep).await;
        Self::new(site, &sweep, &last(site, MaterialKind::Snapshot).await)
    }

    /// The enterprises of a province, by the first two digits of the division.
    fn of(&self, province: &str) -> Vec<&str> {
        let snapshot = &self.sealed.snapshot;
        let region = snapshot.vocabulary().region_fact().unwrap();
        let is_inside = |row: &usize| {
            let read = snapshot.row(*row).read(region, Period::Status);
            matches!(read, Reading::Known(Value::Text(code)) if code.starts_with(province))
        };
        let rows = (0..snapshot.len()).filter(is_inside);
        rows.map(|row| snapshot.uscc(row)).collect()
    }

    fn awards(&self, uscc: &str) -> Vec<ListedAward> {
        let row = self.sealed.snapshot.find(uscc);
        let awards = row.map(|row| self.list.of(row).copied().collect());
        awards.unwrap_or_default()
    }

    /// The awards of these after all limits, as things stand.
    fn amount(&self, enterprises: &[&str]) -> i128 {
        let awards = enterprises.iter().flat_map(|uscc| self.awards(uscc));
        awards.map(|award| i128::from(award.amount.fen())).sum()
    }

    /// How many awards these may be paid now, and how much.
    fn payable(&self, enterprises: &[&str]) -> (u64, i128) {
        let awards = enterprises.iter().flat_map(|uscc| self.awards(uscc));
        let fen = awards.map(|award| i128::from(award.payable.fen()));
        let paid: Vec<i128> = fen.filter(|fen| *fen > 0).collect();
        (u64::try_from(paid.len()).unwrap(), paid.iter().sum())
    }
}

/// The bureau of the tests stands in Fujian, the one beside it in Hubei.
async fn stand(site: &Site) {
    for (bureau, region) in [(BUREAU, "35"), (BESIDE, "42")] {
        let office = Office {
            bureau: BureauId::new(bureau),
            region: region.parse().unwrap(),
            department: "财政".to_owned(),
            is_finance: true,
        };
        let now = site.server.clock.now();
        let set = site.server.accounts.set_office(By::Console, &office, now);
        set.await.unwrap();
    }
}

async fn forecast(site: &Site, who: &str) -> String {
    let form = Some("csrf=test-token".to_owned());
    let run = site.send(Method::POST, who, "/console/forecasts/run", form);
    let run = run.await;
    assert!(run.text.contains("只含您查看范围内的企业"), "{}", run.text);
    run.text
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_are_those_of_the_enterprises_within_sight() {
    let site = town().await;
    swept(&site).await;
    let sweep = last(&site, MaterialKind::Sweep).await.digest;
    let page = format!("/console/sweeps/{sweep}");
    // Two bureaus, and nobody has said where they stand: neither sees anybody.
    let shown = look(&site, MAKER, &page).await;
    assert!(shown.text.contains("0.00 <small>"), "{}", shown.text);
    stand(&site).await;
    let read = Read::last(&site).await;
    let mut all = 0;
    for (who, province) in [(MAKER, "35"), (BESIDE_MAKER, "42")] {
        let inside = read.of(province);
        let (awards, fen) = read.payable(&inside);
        let enterprises = inside.len();
        assert!(enterprises > 0 && enterprises < 150, "{province}");
        all += awards;
        let shown = look(&site, who, &page).await;
        let sum = format!("{} <small>", total(TotalFen::of(fen)));
        assert!(shown.text.contains(&sum), "{sum} {}", shown.text);
        let number = format!("<dd>{}</dd>", count(enterprises));
        assert!(shown.text.contains(&number), "{number} {}", shown.text);
        assert!(shown.text.contains("只含您查看范围内的企业"));
        // Neither list nor forecast tells what all together come to.
        let asked = look(&site, who, "/console/forecasts").await;
        let number = format!("{} 家企业", count(enterprises));
        assert!(asked.text.contains(&number), "{}", asked.text);
        // Under the same policies, facts and day a forecast comes to what the sweep came to.
        let amount = total(TotalFen::of(read.amount(&inside)));
        let run = forecast(&site, who).await;
        assert!(run.contains(&format!("{amount} <small>")), "{amount} {run}");
    }
    assert!(all > 0, "a sweep without awards shows nothing");
    // What was added up is remembered for those who see the same, and proven anew for others.
    let sums = look(&site, MAKER, &page).await.text;
    let folder = last(&site, MaterialKind::Snapshot).await.folder;
    std::fs::remove_dir_all(site.server.folder.join(folder)).unwrap();
    let number = between(&sums, "<p class=\"number\">", "<").remove(0);
    let again = look(&site, CHECKER, &page).await.text;
    assert!(again.contains(&number), "{number} {again}");
    let both = format!("经办@{BUREAU}+{BESIDE}");
    let other = site.get(&both, &page).await;
    assert!(!other.status.is_success(), "{}", other.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_of_everybody_are_those_of_the_seal() {
    let site = town().await;
    swept(&site).await;
    let (sweep, facts) = (
        last(&site, MaterialKind::Sweep).await,
        last(&site, MaterialKind::Snapshot).await,
    );
    let place = |one: &Registered| site.server.folder.join(&one.folder);
    let sums = SweepSums::of(&Seen::All, &place(&sweep), &place(&facts)).unwrap();
    let sealed = Read::new(&site, &sweep, &facts).sealed;
    let mut compared = 0;
    for one in &sealed.seal.result.measures {
        let sum = sums.measures.get(&one.measure).copied().unwrap_or_default();
        let told = (sum.eligible, sum.undetermined, sum.error);
        assert_eq!(
            told,
            (one.eligible, one.undetermined, one.error),
            "{}",
            one.measure
        );
        let told = [sum.award, sum.ceiling, sum.payable].map(|fen| TotalFen::of(fen).to_string());
        assert_eq!(
            told,
            [one.award.clone(), one.ceiling.clone(), one.payable.clone()],
            "{}",
            one.measure
        );
        compared += one.eligible;
    }
    assert!(compared > 0);
    let result = &sealed.seal.result;
    assert_eq!(sums.total().listed, result.payable_awards);
    assert_eq!(
        TotalFen::of(sums.total().payable).to_string(),
        result.payable
    );
    assert_eq!(sums.enterprises, 150);
}

/// The facts with one enterprise in another place.
fn moved(facts: &[u8], uscc: &str, to: &str) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(facts);
    let heads = reader.headers().unwrap().clone();
    let place = |names: &[&str]| {
        let found = heads.iter().position(|head| names.contains(&head));
        found.unwrap_or_else(|| panic!("none of {names:?} in {heads:?}"))
    };
    let (code, region) = (place(&["uscc", "统一社会信用代码"]), place(&["地区"]));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&heads).unwrap();
    for row in reader.records() {
        let row = row.unwrap();
        let is_it = row.get(code) == Some(uscc);
        let cells = row.iter().enumerate();
        let cells = cells.map(|(at, cell)| if is_it && at == region { to } else { cell });
        writer.write_record(cells).unwrap();
    }
    writer.into_inner().unwrap()
}

/// An enterprise moves from Hubei to Fujian between two sweeps: both bureaus count it on both
/// sides, so that what the one side comes to and the difference come to the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_difference_adds_up_where_an_enterprise_has_moved() {
    let site = town().await;
    swept(&site).await;
    stand(&site).await;
    let first = Read::last(&site).await;
    let mover = first
        .of("42")
        .into_iter()
        .find(|uscc| first.amount(&[uscc]) > 0);
    let mover = mover.unwrap();
    let facts = moved(&enterprises("150"), mover, "350203");
    swept_over(&site, "k2", &facts, "150").await;
    let second = Read::last(&site).await;
    assert!(second.of("35").contains(&mover) && !second.of("42").contains(&mover));
    let sweeps = materials::list(&site.server.store, MaterialKind::Sweep);
    let sweeps = sweeps.await.unwrap();
    let page = format!(
        "/console/sweeps/{}/difference/{}",
        sweeps[0].digest, sweeps[1].digest
    );
    for (who, province) in [(MAKER, "35"), (BESIDE_MAKER, "42")] {
        let mut either = first.of(province);
        either.extend(second.of(province));
        either.sort_unstable();
        either.dedup();
        let (before, after) = (first.amount(&either), second.amount(&either));
        assert!(either.contains(&mover), "{province}");
        let shown = look(&site, who, &page).await;
        let [from, to] = [before, after].map(|fen| total(TotalFen::of(fen)));
        let line = format!("<p>{from} → {to}</p>");
        assert!(shown.text.contains(&line), "{line} {}", shown.text);
        let moved = format!("{} <small>", signed(TotalFen::of(after - before)));
        assert!(shown.text.contains(&moved), "{moved} {}", shown.text);
        // It is named where it is now.
        assert_eq!(shown.text.contains(mover), who == MAKER, "{}", shown.text);
    }
}

/// How many cells, new enterprises and gone ones a page of two snapshots tells of.
fn told(page: &str) -> [usize; 3] {
    let numbers = between(page, "<p class=\"number\">", " <small>");
    let numbers: Vec<usize> = numbers.iter().map(|one| one.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// Three enterprises of each province: the first is left out of the second file, the second moves
/// to the other province, and one comes anew. Each bureau counts what happened to its own on either
/// side, and nothing of the others.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_snapshot_changed_is_counted_for_those_within_sight() {
    let site = town().await;
    stand(&site).await;
    let codes: Vec<String> = (1..=7)
        .map(|number| Uscc::generate("91", "350203", &format!("MA00000{number}")).unwrap())
        .map(|uscc| uscc.to_string())
        .collect();
    let head = "uscc,name,地区,营业收入@2025\n";
    let line = |place: usize, region: &str, income: u64| {
        format!("{},企业{place},{region},{income}\n", codes[place])
    };
    let fujian = |from: usize| (from..3).map(|place| (place, "350203"));
    let hubei = |from: usize| (from..6).map(|place| (place, "420602"));
    let before: String = fujian(0)
        .chain(hubei(3))
        .map(|(place, region)| line(place, region, 100))
        .collect();
    // 0 is gone, 1 moves to Hubei and earns more, 2 earns more; of Hubei all stay as they are; 6 is
    // new in Hubei.
    let after = [
        line(1, "420602", 101),
        line(2, "350203", 101),
        line(3, "420602", 100),
        line(4, "420602", 100),
        line(5, "420602", 100),
        line(6, "420602", 100),
    ]
    .concat();
    swept_over(&site, "k1", format!("{head}{before}").as_bytes(), "6").await;
    swept_over(&site, "k2", format!("{head}{after}").as_bytes(), "6").await;
    let all = materials::list(&site.server.store, MaterialKind::Snapshot).await;
    let all = all.unwrap();
    let page = format!(
        "/console/imports/{}/difference/{}",
        all[0].digest, all[1].digest
    );
    let fujian = look(&site, MAKER, &page).await;
    // Region and income of 1, income of 2; nobody came; 0 went.
    assert_eq!(told(&fujian.text), [3, 0, 1], "{}", fujian.text);
    let hubei = look(&site, BESIDE_MAKER, &page).await;
    // Region and income of 1; 6 came; nobody went.
    assert_eq!(told(&hubei.text), [2, 1, 0], "{}", hubei.text);
    // Each is named where it is now.
    let names = |text: &str, place: usize| text.contains(&codes[place]);
    assert!(names(&fujian.text, 2) && !names(&fujian.text, 1));
    assert!(names(&hubei.text, 1) && !names(&hubei.text, 2));
    for shown in [&fujian, &hubei] {
        assert!(shown.text.contains("合计只含您查看范围内的企业"));
    }
}

/// Enterprises are counted in turn with whatever else goes over all of them, and once.
#[tokio::test(flavor = "multi_thread")]
async fn enterprises_are_counted_in_turn_and_once() {
    let site = town().await;
    swept(&site).await;
    stand(&site).await;
    let read = Read::last(&site).await;
    let page = "/console/forecasts";
    let shown = |province: &str| format!("· {} 家企业", count(read.of(province).len()));
    let known = look(&site, MAKER, page).await;
    assert!(known.text.contains(&shown("35")), "{}", known.text);
    // Somebody else takes every turn, until he is let go.
    let (mut let_go, mut at_it) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let (begun, begins) = std::sync::mpsc::channel();
        let (go, waits) = std::sync::mpsc::channel::<()>();
        let server = Arc::clone(&site.server);
        at_it.push(tokio::spawn(async move {
            let work = move || {
                begun.send(()).unwrap();
                waits.recv().unwrap();
            };
            server.in_turn(work).await.unwrap();
        }));
        let begins = tokio::task::spawn_blocking(move || begins.recv().unwrap());
        begins.await.unwrap();
        let_go.push(go);
    }
    // What was counted is known.
    let again = look(&site, MAKER, page).await;
    assert!(again.text.contains(&shown("35")));
    // What was not waits for its turn.
    let mut waiting = Box::pin(look(&site, BESIDE_MAKER, page));
    let early = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(early, &mut waiting).await.is_err());
    let_go.iter().for_each(|go| go.send(()).unwrap());
    let counted = waiting.await;
    assert!(counted.text.contains(&shown("42")), "{}", counted.text);
    for one in at_it {
        one.await.unwrap();
    }
}

/// A province without an office of its own, whose cities have offices, sees their enterprises
/// wherever it asks.
#[tokio::test(flavor = "multi_thread")]
async fn pages_and_api_agree_on_who_is_seen() {
    let site = town_with(site::places()).await;
    swept(&site).await;
    stand(&site).await;
    let read = Read::last(&site).await;
    let above = format!("经办@上级厅+{BUREAU}");
    let cases = [
        (MAKER, "35", StatusCode::OK),
        (MAKER, "42", StatusCode::NOT_FOUND),
        (&above, "35", StatusCode::OK),
        (&above, "42", StatusCode::NOT_FOUND),
    ];
    for (who, province, status) in cases {
        let uscc = read.of(province)[0];
        for path in [
            format!("/console/enterprises/{uscc}"),
            format!("/api/v1/enterprises/{uscc}/matches"),
        ] {
            let found = site.get(who, &path).await;
            assert_eq!(
                found.status, status,
                "{who} {province} {path}: {}",
                found.text
            );
        }
    }
}
