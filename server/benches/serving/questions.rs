//! What people ask the public search, and a first look at every answer.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use zhida_policies::measure::library::Library;

use crate::client::{Asked, Connection, encoded, get};

/// Places that people add.
const PLACES: [&str; 12] = [
    "", "湖北", "武汉", "襄阳", "宜昌", "深圳", "杭州", "苏州", "四川", "成都", "北京", "上海",
];

/// What people type, as they type it.
const WORDS: [&str; 40] = [
    "高企认定奖励",
    "高新技术企业补贴多少",
    "专精特新小巨人奖补",
    "首台套 保险补偿",
    "稳岗返还",
    "失业保险稳岗返还条件",
    "小微企业社保补贴",
    "招用高校毕业生 一次性吸纳就业补贴",
    "创业担保贷款贴息",
    "技改补助",
    "设备更新 贴息",
    "规上工业企业奖励",
    "进规奖励",
    "小升规",
    "研发费用 补助",
    "发明专利资助",
    "知识产权质押融资",
    "绿色工厂奖励",
    "节能改造",
    "智能制造 数字化转型",
    "工业互联网平台",
    "上市奖励",
    "新三板挂牌",
    "外贸出口信用保险",
    "参加展会补贴",
    "跨境电商",
    "物流企业 奖励",
    "农业产业化龙头企业",
    "文化企业 扶持",
    "旅游 民宿",
    "残疾人就业 岗位补贴",
    "见习补贴",
    "职业技能培训补贴",
    "人才引进 安家费",
    "租金减免",
    "用电补贴",
    "商贸企业 限上",
    "零售业 增长奖励",
    "科技型中小企业",
    "免申即享",
];

/// How the filters stand.
const FILTERS: [&str; 5] = [
    "",
    "&kind=measure",
    "&delivery=no-application",
    "&region=4206",
    "&valid_on=2026-06-30&page=2",
];

/// What is asked, and what its answer must have.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    target: String,
    expected: Expected,
}

/// What an answer must have.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expected {
    /// Nothing may have these words at this place.
    Anything,
    /// At least one result.
    Something,
    /// A link to this address.
    Link(String),
}

/// Very many different questions.
pub(crate) fn searches(library: &Library) -> Vec<Search> {
    let mut found = Vec::new();
    for (number, words) in WORDS.iter().enumerate() {
        for (turn, place) in PLACES.iter().enumerate() {
            let filter = FILTERS[(number + turn) % FILTERS.len()];
            let text = encoded(&format!("{words} {place}"));
            let target = format!("/policies?q={text}{filter}");
            let expected = Expected::Anything;
            found.push(Search { target, expected });
        }
    }
    for measure in &library.measures {
        let policy = &library.policies[measure.policy.0];
        let own = measure.id.0.rsplit('/').next().unwrap();
        let link = Expected::Link(format!("/measures/{}/{own}", policy.id));
        let name = encoded(&measure.name);
        // The name alone, with the title of its policy, and exactly so in quotation marks.
        let title = encoded(&policy.title);
        for (query, expected) in [
            (name.clone(), Expected::Something),
            (format!("{name}%20{title}"), link),
            (encoded(&format!("“{}”", measure.name)), Expected::Something),
        ] {
            let target = format!("/policies?q={query}");
            found.push(Search { target, expected });
        }
    }
    let mut known = BTreeSet::new();
    found.retain(|search| known.insert(search.target.clone()));
    found
}

/// How many questions one address asks in a row, below what it may at once.
const BURST: usize = 300;

/// Asks every question once: each is answered with a whole page, and what must be found is found;
/// whoever names a measure and its policy finds it on the first page.
pub(crate) async fn looked_at(address: SocketAddr, searches: Vec<Search>) -> Vec<Asked> {
    let mut connection = Connection::open(address).await;
    let mut asked = Vec::with_capacity(searches.len());
    for (number, search) in searches.into_iter().enumerate() {
        if number % BURST == 0 {
            connection = Connection::open(address).await;
        }
        let request = get(&search.target, None);
        let answer = connection.ask(&request).await.unwrap();
        let body = connection.body(&answer);
        let page = std::str::from_utf8(body).unwrap();
        let target = &search.target;
        assert_eq!(answer.status, 200, "{target}: {}", answer.head);
        assert!(page.trim_end().ends_with("</html>"), "{target}");
        match &search.expected {
            Expected::Anything => {}
            Expected::Something => {
                assert!(page.contains("class=\"card result\""), "{target}: nothing");
            }
            Expected::Link(link) => {
                assert!(
                    page.contains(&format!("href=\"{link}\"")),
                    "{target}: no {link}"
                );
            }
        }
        let body = body.into();
        asked.push(Asked { request, body });
    }
    asked
}
