//! What an enterprise is entitled to: the same decisions as `zhida match`, in four groups.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use axum::http::StatusCode;
use zhida_engine::explain::{OutcomeKind, describe};
use zhida_engine::interpreter::Interpreter;
use zhida_engine::sweep::{SweepControl, SweepOptions, payable_awards, sweep_to_folder};
use zhida_policies::values::{Money, Uscc};

use super::{material, published, site, who};
use crate::views::my_measures::{Group, Looking, MyMeasures};
use crate::web::Material;

fn looking(material: Material) -> Looking {
    Looking {
        published: Arc::new(published()),
        material: Arc::new(material),
    }
}

#[test]
fn the_groups_are_those_of_match() {
    let looking = looking(material(120));
    let library = &looking.published.library;
    let interpreter = Interpreter::new(library);
    let mut seen = std::collections::BTreeMap::new();
    let mut most = 0;
    for row in 0..120 {
        let mine: MyMeasures = looking.all(row).unwrap();
        let facts = looking.material.snapshot.row(row);
        let shown = mine.lines.iter().map(|line| (line.place, line));
        let mut shown: std::collections::BTreeMap<usize, _> = shown.collect();
        for (place, measure) in library.measures.iter().enumerate() {
            let decision = interpreter.decide(measure, &facts, looking.material.context);
            let outcome = describe(library, measure, &decision);
            *seen.entry(outcome.kind).or_insert(0) += 1;
            let Some(line) = shown.remove(&place) else {
                // What is left out can never be money.
                let kinds = [OutcomeKind::NotApplicable, OutcomeKind::Ineligible];
                assert!(kinds.contains(&outcome.kind), "{} {row}", measure.id);
                continue;
            };
            assert_eq!(line.outcome, outcome, "{} {row}", measure.id);
            let group = match outcome.kind {
                OutcomeKind::Eligible => Group::Due,
                OutcomeKind::Undetermined | OutcomeKind::Error => Group::Open,
                OutcomeKind::Ineligible => Group::NotYet,
                OutcomeKind::NotApplicable => Group::Other,
            };
            assert_eq!(line.group(), group);
        }
        assert!(shown.is_empty());
        let elsewhere = library.measures.len() - mine.lines.len();
        assert_eq!(mine.elsewhere, elsewhere);
        most = most.max(elsewhere);
    }
    // Of an enterprise whose place is known, most of the country is left out.
    assert!(most > library.measures.len() / 2, "{most}");
    for kind in [
        OutcomeKind::Eligible,
        OutcomeKind::Undetermined,
        OutcomeKind::Ineligible,
    ] {
        assert!(seen.get(&kind).copied().unwrap_or(0) > 20, "{seen:?}");
    }
}

#[test]
fn amounts_after_limits_are_those_of_the_payable_list() {
    let mut material = material(400);
    let folder = tempfile::tempdir().unwrap();
    let published = published();
    let never = AtomicBool::new(false);
    let options = SweepOptions::new(material.context);
    let library = &published.library;
    let (mut first, mut second) = (|_| {}, |_| {});
    let snapshot = &material.snapshot;
    let control = control_of(&never, &mut first);
    sweep_to_folder(snapshot, library, options, folder.path(), control).unwrap();
    let control = control_of(&never, &mut second);
    let (_, awards) = payable_awards(snapshot, library, options, control).unwrap();
    material.sweep = Some(zhida_engine::diff::SweepFile::open(folder.path()).unwrap());
    let looking = Looking {
        published: Arc::new(published),
        material: Arc::new(material),
    };
    let mut payable = 0i64;
    for row in 0..400 {
        let mine = looking.all(row).unwrap();
        assert!(mine.is_settled);
        for line in &mine.lines {
            let of_list = awards.iter().filter(|award| award.row == row);
            let of_list = of_list.filter(|award| *award.measure.0 == *line.id);
            let after = line
                .after
                .as_ref()
                .map_or(Money::ZERO, |after| after.payable);
            let has_parts = looking.published.library.measures[line.place]
                .instalments
                .len()
                > 1;
            let listed: i64 = of_list.map(|award| award.amount.fen()).sum();
            if has_parts {
                // Of what may be paid, only the parts that are due are listed.
                assert!(listed <= after.fen(), "{} {row}", line.id);
            } else {
                assert_eq!(listed, after.fen(), "{} {row}", line.id);
            }
            payable += after.fen();
        }
    }
    assert!(payable > 0);
}

/// A sweep that nobody watches.
fn control_of<'a>(
    cancel: &'a AtomicBool,
    on_progress: &'a mut (dyn FnMut(zhida_engine::sweep::SweepProgress) + Send),
) -> SweepControl<'a> {
    SweepControl {
        cancel,
        on_progress,
        on_write: &|_| {},
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_tells_amounts_gaps_and_owners() {
    let material = material(60);
    let codes: Vec<String> = (0..60)
        .map(|row| material.snapshot.uscc(row).to_owned())
        .collect();
    let site = site(Some(material)).await;
    let (mut owners, mut short) = (0, 0);
    for code in codes.iter().take(20) {
        let (uscc, _) = Uscc::parse(code).unwrap();
        let reply = site.get(&who(uscc), "/my/measures").await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        assert!(reply.text.contains("还没有经过已付扣减"));
        assert!(reply.text.contains("项是其他地区的事项"));
        owners += reply.text.matches("· 归 ").count();
        short += reply.text.matches("还差 ").count();
        assert!(
            !codes
                .iter()
                .any(|other| other != code && reply.text.contains(other.as_str()))
        );
    }
    assert!(owners > 5 && short > 20, "{owners} {short}");
    let (uscc, _) = Uscc::parse(&codes[0]).unwrap();
    let path = "/my/measures/xiangyang-industry-2025/growth-award";
    let page = site.get(&who(uscc), path).await;
    assert!(page.text.contains("class=\"trace\""), "{}", page.text);
    assert!(page.text.contains("营业收入(2025年)"));
    for missing in [
        "/my/measures/no/thing",
        "/my/measures/xiangyang-industry-2025/x",
    ] {
        assert_eq!(
            site.get(&who(uscc), missing).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_without_facts_is_told_so_and_officials_have_no_measures() {
    let site = site(None).await;
    let (uscc, _) = Uscc::parse("91420600MA00000159").unwrap();
    let page = site.get(&who(uscc), "/my/measures").await;
    assert!(page.text.contains("还没有贵企业的数据"), "{}", page.text);
    let official = site.get("经办@示例市财政局", "/my/measures").await;
    assert_eq!(official.status, StatusCode::FORBIDDEN);
    assert_eq!(
        site.get("", "/my/measures").await.status,
        StatusCode::UNAUTHORIZED
    );
}

/// Run by hand: `ZHIDA_ENTERPRISES=1000000 cargo nextest run --release … my_measures`.
#[test]
fn my_measures_are_quick_among_very_many() {
    let count = std::env::var("ZHIDA_ENTERPRISES").ok();
    let Some(count) = count.and_then(|text| text.parse::<u64>().ok()) else {
        return;
    };
    let looking = looking(material(count));
    looking.all(0).unwrap();
    let mut times = Vec::new();
    for step in 0..2_000 {
        let row = usize::try_from(step * 7919 % count).unwrap();
        let begin = Instant::now();
        let code = looking.material.snapshot.uscc(row).to_owned();
        let found = looking.material.snapshot.find(&code).unwrap();
        looking.all(found).unwrap();
        times.push(begin.elapsed());
    }
    times.sort();
    println!("p50 {:?} p99 {:?}", times[1_000], times[1_980]);
    assert!(times[1_980].as_millis() <= 50);
}
