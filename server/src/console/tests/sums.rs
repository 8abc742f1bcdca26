//! The sums that a bureau is shown are those of the enterprises that it sees.

use axum::http::Method;
use zhida_engine::diff::SweepFile;
use zhida_engine::facts::{Facts, Reading};
use zhida_engine::payouts::BureauId;
use zhida_engine::replay::Sealed;
use zhida_engine::sweep::TotalFen;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::Period;

use super::town::*;
use crate::accounts::{By, Office};
use crate::materials::{self, MaterialKind, Registered};
use crate::table::{count, total};
use crate::web::testing::Site;

const BESIDE_MAKER: &str = "经办@邻市财政局";

async fn last(site: &Site, kind: MaterialKind) -> Registered {
    let all = materials::list(&site.server.store, kind).await.unwrap();
    all.into_iter().next().unwrap()
}

/// How many enterprises a province has, how many awards they may be paid now, and how much: read
/// from the result files, by the first two digits of the division.
async fn expected(site: &Site, province: &str) -> (usize, u64, i128) {
    let (sweep, facts) = (
        last(site, MaterialKind::Sweep).await,
        last(site, MaterialKind::Snapshot).await,
    );
    let (sweep, facts) = (
        site.server.folder.join(sweep.folder),
        site.server.folder.join(facts.folder),
    );
    let sealed = Sealed::open(&sweep, Some(&facts)).unwrap();
    let (snapshot, library) = (&sealed.snapshot, &sealed.library);
    let list = SweepFile::open(&sweep).unwrap();
    let list = list.payable(snapshot, library).unwrap();
    let region = snapshot.vocabulary().region_fact().unwrap();
    let (mut enterprises, mut awards, mut fen) = (0, 0, 0);
    for row in 0..snapshot.len() {
        match snapshot.row(row).read(region, Period::Status) {
            Reading::Known(Value::Text(code)) if code.starts_with(province) => {}
            _ => continue,
        }
        enterprises += 1;
        for award in list.of(row).filter(|award| award.payable.fen() > 0) {
            awards += 1;
            fen += i128::from(award.payable.fen());
        }
    }
    (enterprises, awards, fen)
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
    let mut all = 0;
    for (who, province) in [(MAKER, "35"), (BESIDE_MAKER, "42")] {
        let (enterprises, awards, fen) = expected(&site, province).await;
        assert!(enterprises > 0 && enterprises < 150, "{province}");
        all += awards;
        let shown = look(&site, who, &page).await;
        let sum = format!("{} <small>", total(TotalFen::of(fen)));
        assert!(shown.text.contains(&sum), "{sum} {}", shown.text);
        let number = format!("<dd>{}</dd>", count(enterprises));
        assert!(shown.text.contains(&number), "{number} {}", shown.text);
        assert!(shown.text.contains("只含您查看范围内的企业"));
        // Neither list nor forecast tells what all together come to.
        let forecast = look(&site, who, "/console/forecasts").await;
        let number = format!("{} 家企业", count(enterprises));
        assert!(forecast.text.contains(&number), "{}", forecast.text);
        let run = site
            .send(
                Method::POST,
                who,
                "/console/forecasts/run",
                Some("csrf=test-token".to_owned()),
            )
            .await;
        assert!(run.text.contains("只含您查看范围内的企业"), "{}", run.text);
    }
    assert!(all > 0, "a sweep without awards shows nothing");
}
