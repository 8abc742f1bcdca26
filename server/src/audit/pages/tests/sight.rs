//! Two bureaus that owe the same enterprises: each auditor is answered about what his own owes.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Awards as a file of answers lists them: enterprise and measure, without the instalment.
fn listed(text: &str) -> BTreeSet<(String, String)> {
    let lines = text.lines().skip(1);
    lines
        .map(|line| {
            let mut cells = line.rsplit(',');
            let measure = cells.next().unwrap().split(' ').next().unwrap().to_owned();
            (cells.nth(1).unwrap().to_owned(), measure)
        })
        .collect()
}

/// The answer to a question about a seal as a table.
async fn answered(site: &Site, who: &str, action: &str, fields: &str) -> String {
    let home = action.rsplit_once('/').unwrap().0;
    let answer = asked(site, who, (home, action), fields).await;
    look(site, who, &offered(&answer, "/csv")).await.text
}

/// Takes the awards of one measure up for a bureau.
async fn taken(site: &Site, maker: &str, measure: &str) {
    let page = look(site, maker, "/console/sweeps").await;
    let sweep = between(&page.text, "href=\"/console/sweeps/", "\"").remove(0);
    let page = look(site, maker, &format!("/console/sweeps/{sweep}")).await;
    let take = form(&page, "/console/sweeps/take");
    let take = format!("{take}&measure={}", encoded(measure));
    done(site, maker, "/console/sweeps/take", &take).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_bureaus_owe_one_enterprise_each_is_told_of_its_own() {
    let site = town_with(site::places()).await;
    swept(&site).await;
    let seal = seal_of(&site, WHOLE).await;
    let home = format!("/audit/sweeps/{seal}");
    let (sample, what_if) = (format!("{home}/sample"), format!("{home}/what-if"));
    let drawn = "each=1000&seed=a&margin=10";
    let all = listed(&answered(&site, WHOLE, &sample, drawn).await);
    // Somebody whom two measures pay; the bureaus take one of them up each, for everybody.
    let mut by_enterprise: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (enterprise, measure) in &all {
        by_enterprise.entry(enterprise).or_default().push(measure);
    }
    let (both, measures) = by_enterprise
        .iter()
        .find(|(_, measures)| measures.len() > 1)
        .unwrap();
    let (own, beside) = (measures[0], measures[1]);
    taken(&site, MAKER, own).await;
    taken(&site, "经办@邻市财政局", beside).await;
    let of = |measure: &str| -> BTreeSet<(String, String)> {
        let of = all.iter().filter(|(_, other)| other == measure);
        of.cloned().collect()
    };
    for (who, measure) in [(AUDITOR, own), (STRANGER, beside)] {
        let part = listed(&answered(&site, who, &sample, drawn).await);
        assert_eq!(part, of(measure), "{who}");
        assert!(part.contains(&((*both).to_owned(), measure.to_owned())));
    }
    // Whoever moves away loses both; each auditor is told of the one.
    let moved = format!("enterprise={both}&fact={}&value=110101", encoded("地区"));
    let whole = listed(&answered(&site, WHOLE, &what_if, &moved).await);
    for measure in [own, beside] {
        assert!(whole.contains(&((*both).to_owned(), measure.to_owned())));
    }
    for (who, measure) in [(AUDITOR, own), (STRANGER, beside)] {
        let part = listed(&answered(&site, who, &what_if, &moved).await);
        let expected: BTreeSet<_> = whole.intersection(&of(measure)).cloned().collect();
        assert_eq!(part, expected, "{who}");
    }
    nobody_is_told_who_exists(&site, (&what_if, &home), &of(own)).await;
}

/// What is supposed of somebody whom the bureau owes nothing is refused as what is supposed of
/// somebody who is not there.
async fn nobody_is_told_who_exists(
    site: &Site,
    (action, home): (&str, &str),
    owed: &BTreeSet<(String, String)>,
) {
    let text = String::from_utf8(enterprises("150")).unwrap();
    let codes = text.lines().skip(1).flat_map(|line| line.split(','));
    let hidden = codes
        .map(|cell| cell.trim_matches('"').to_owned())
        .find(|cell| {
            let is_code = zhida_policies::values::Uscc::parse(cell).is_ok();
            is_code && owed.iter().all(|(enterprise, _)| enterprise != cell)
        });
    let hidden = hidden.unwrap();
    let absent = "91110000802100433B";
    let mut told = Vec::new();
    for enterprise in [hidden.as_str(), absent] {
        let fields = format!(
            "enterprise={enterprise}&fact={}&value=110101",
            encoded("地区")
        );
        let answer = asked(site, AUDITOR, (home, action), &fields).await;
        let said = between(&answer.text, "role=\"alert\">", "</p>").remove(0);
        assert!(said.contains("封存的快照里没有企业"), "{said}");
        told.push(said.replace(enterprise, "…"));
        // Whoever sees everything is answered where there is somebody.
        let answer = asked(site, WHOLE, (home, action), &fields).await;
        let is_there = answer.text.contains("笔应付金额会变");
        assert_eq!(is_there, enterprise == hidden, "{}", answer.text);
    }
    assert_eq!(told[0], told[1]);
}
