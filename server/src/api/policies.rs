//! Policies, articles and measures: searched, suggested, listed, read. Open to everybody.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zhida_indexer::{Delivery, Kind, Query, Reach};
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::{Library, Policy};
use zhida_policies::vocabulary::Fact;

use axum::response::Response;

use super::operation::{Operation, Tag};
use super::reply;
use super::request::{Asked, Known};
use super::sight::Named;
use super::things::READ;
use crate::region;
use crate::web::{Access, Ask, WebFault};

/// The most letters of what is searched.
const WORDS_LETTERS_MAX: usize = 200;
/// How far a search can be turned over.
const OFFSET_MAX: u32 = 10_000;

/// What is searched.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// 要找的词:中文词语、文号、事项编号、繁体都可以;不写列出全部
    #[param(max_length = 200)]
    q: Option<String>,
    /// 只要这个地区的:代码或名称
    region: Option<String>,
    /// 配合 region:inside 只要本地和下级(不写就是它),above 加上各上级和全国
    #[param(inline)]
    reach: Option<ReachWord>,
    /// 只要这个主题的
    topic: Option<String>,
    /// 只要这个单位发的
    issuer: Option<String>,
    /// 只要这种方式的事项
    #[param(inline)]
    delivery: Option<DeliveryWord>,
    /// 只要在这一天有效的
    #[param(format = Date)]
    valid_on: Option<String>,
    /// 只要这一类
    #[param(inline)]
    kind: Option<KindWord>,
    /// 跳过前面多少条,最多 10000
    #[param(minimum = 0, maximum = 10_000)]
    offset: Option<u32>,
    /// 最多列出多少条,1 到 100;不写为 10
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ReachWord {
    Inside,
    Above,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum DeliveryWord {
    NoApplication,
    Instant,
    Application,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum KindWord {
    Policy,
    Article,
    Measure,
}

/// 检索的结果
#[derive(Debug, Serialize, ToSchema)]
struct Found {
    /// 符合的一共多少条
    total: usize,
    /// 是否全部词都符合
    #[schema(value_type = serde_json::Value)]
    matching: zhida_indexer::Matching,
    /// 这一页
    #[schema(value_type = Vec<Object>)]
    hits: Vec<zhida_indexer::Hit>,
    /// 各地区、主题、单位、方式、类别各有多少
    #[schema(value_type = Object)]
    facets: zhida_indexer::Facets,
}

/// A number inside its bounds.
fn within(
    name: &str,
    number: Option<u32>,
    usual: u32,
    most: (u32, u32),
) -> Result<usize, WebFault> {
    let number = number.unwrap_or(usual);
    if !(most.0..=most.1).contains(&number) {
        return Err(WebFault::bad(
            format!("{name}={number} 超出范围"),
            format!("{name} 可以是 {} 到 {}", most.0, most.1),
        ));
    }
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

/// Words that are not too long.
fn words(q: Option<String>) -> Result<String, WebFault> {
    let q = q.unwrap_or_default();
    if q.chars().count() > WORDS_LETTERS_MAX {
        return Err(WebFault::bad(
            "要找的词太长",
            format!("最多 {WORDS_LETTERS_MAX} 个字"),
        ));
    }
    Ok(q)
}

/// A day as it is asked for.
pub(super) fn day(text: &str) -> Result<zhida_policies::values::Date, WebFault> {
    crate::command::day(text).map_err(|reason| WebFault::bad(reason, "请改正后重试"))
}

impl SearchQuery {
    fn query(self, library: &Library) -> Result<Query, WebFault> {
        let reach = match self.reach {
            None | Some(ReachWord::Inside) => Reach::Inside,
            Some(ReachWord::Above) => Reach::InsideAndAbove,
        };
        let region = self.region.as_deref();
        let region = region.map(|typed| region::filter(&library.codes, typed, reach));
        let delivery = self.delivery.map(|word| match word {
            DeliveryWord::NoApplication => Delivery::NoApplication,
            DeliveryWord::Instant => Delivery::Instant,
            DeliveryWord::Application => Delivery::Application,
        });
        let kind = self.kind.map(|word| match word {
            KindWord::Policy => Kind::Policy,
            KindWord::Article => Kind::Article,
            KindWord::Measure => Kind::Measure,
        });
        Ok(Query {
            text: words(self.q)?,
            kinds: kind.into_iter().collect(),
            region: region.transpose()?,
            topics: self.topic.into_iter().collect(),
            deliveries: delivery.into_iter().collect(),
            issuers: self.issuer.into_iter().collect(),
            valid_on: self.valid_on.as_deref().map(day).transpose()?,
            offset: within("offset", self.offset, 0, (0, OFFSET_MAX))?,
            limit: within("limit", self.limit, 10, (1, 100))?,
        })
    }
}

async fn search(ask: Ask, Asked(query): Asked<SearchQuery>) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let query = query.query(&published.library)?;
    let found = tokio::task::spawn_blocking(move || published.index.search(&query)).await;
    let answer = found.map_err(WebFault::broken)?.map_err(WebFault::broken)?;
    reply::json(&Found {
        total: answer.total,
        matching: answer.matching,
        hits: answer.hits,
        facets: answer.facets,
    })
}

/// What was typed so far.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SuggestQuery {
    /// 已经输入的字
    #[param(max_length = 200)]
    q: Option<String>,
    /// 最多几条,1 到 20;不写为 8
    #[param(minimum = 1, maximum = 20)]
    limit: Option<u32>,
}

/// 输入时的提示
#[derive(Debug, Serialize, ToSchema)]
struct Suggested {
    /// 可能要找的政策和事项
    #[schema(value_type = Vec<Object>)]
    suggestions: Vec<zhida_indexer::Suggestion>,
}

async fn suggest(ask: Ask, Asked(query): Asked<SuggestQuery>) -> Result<Response, WebFault> {
    let limit = within("limit", query.limit, 8, (1, 20))?;
    let typed = words(query.q)?;
    let published = ask.server.published();
    let found = published.index.suggest(&typed, limit);
    let suggestions = found.map_err(WebFault::broken)?;
    reply::json(&Suggested { suggestions })
}

/// 一份政策
#[derive(Clone, Debug, Serialize, ToSchema)]
struct PolicyRow {
    /// 政策编号
    policy: String,
    /// 标题
    title: String,
    /// 文号
    document_number: Option<String>,
    /// 发文单位
    issuer: Option<String>,
    /// 地区代码,空为全国
    region: String,
    /// 印发日期
    published: Option<String>,
    /// 施行日期
    effective: String,
    /// 失效日期
    expires: Option<String>,
    /// 主题
    topics: Vec<String>,
}

/// 一份政策的全文
#[derive(Clone, Debug, Serialize, ToSchema)]
struct PolicyShown {
    /// 概要
    summary: PolicyRow,
    /// 条款
    articles: Vec<ArticleShown>,
    /// 事项编号
    measures: Vec<String>,
    /// 政策文件的原文:正文和规则
    text: String,
}

/// 一个条款
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ArticleShown {
    /// 引用时的名称,如 第八条
    label: String,
    /// 标题
    heading: String,
    /// 正文(Markdown),不含规则
    text: String,
}

impl PolicyRow {
    fn of(policy: &Policy) -> Self {
        Self {
            policy: policy.id.to_string(),
            title: policy.title.clone(),
            document_number: policy.document_number.clone(),
            issuer: policy.issuer.clone(),
            region: policy.region.as_str().to_owned(),
            published: policy.published.map(|day| day.to_string()),
            effective: policy.effective.to_string(),
            expires: policy.expires.map(|day| day.to_string()),
            topics: policy.topics.clone(),
        }
    }
}

async fn policies(ask: Ask, known: Known) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let rows = published.library.policies.iter().map(PolicyRow::of);
    reply::list(&rows.collect::<Vec<_>>(), None, &known)
}

async fn policy(ask: Ask, Named(id): Named<String>, known: Known) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let place = library.policies.iter().position(|policy| *policy.id == *id);
    let place = place.ok_or_else(WebFault::missing)?;
    let policy = library.policies.get(place).ok_or_else(WebFault::missing)?;
    let measures = library.measures.iter();
    let own = measures.filter(|measure| measure.policy.0 == place);
    let file = library.files.iter().find(|file| file.id == policy.file);
    let articles = policy.articles.iter().map(|article| ArticleShown {
        label: article.label.clone(),
        heading: article.heading.clone(),
        text: article.text.clone(),
    });
    let shown = PolicyShown {
        summary: PolicyRow::of(policy),
        articles: articles.collect(),
        measures: own.map(|measure| measure.id.to_string()).collect(),
        text: file.map_or_else(String::new, |file| file.text.to_string()),
    };
    reply::tagged(&shown, &known)
}

/// 一个事项
#[derive(Clone, Debug, Serialize, ToSchema)]
struct MeasureRow {
    /// 事项编号:政策编号/事项编号
    measure: String,
    /// 名称
    name: String,
    /// 政策标题
    policy: String,
    /// 依据的条款
    basis: Vec<String>,
    /// 方式:免申即享、即申即享、申报
    delivery: &'static str,
    /// 地区代码,空为全国
    region: String,
    /// 从哪一天起
    from: String,
    /// 到哪一天
    to: Option<String>,
    /// 资金
    fund: Option<String>,
    /// 起付(元)
    payable_from: Option<String>,
    /// 是否只享受一次
    first_time_only: bool,
    /// 条件的名称
    conditions: Vec<String>,
    /// 除外情形的名称
    exceptions: Vec<String>,
}

impl MeasureRow {
    fn of(library: &Library, measure: &Measure) -> Self {
        use zhida_engine::explain::text_at;
        use zhida_policies::syntax::words;
        let policy = library.policies.get(measure.policy.0);
        let named = |condition: &zhida_policies::measure::Condition| {
            let label = condition.label.clone();
            label.unwrap_or_else(|| text_at(library, condition.expression.span))
        };
        Self {
            measure: measure.id.to_string(),
            name: measure.name.clone(),
            policy: policy.map_or_else(String::new, |policy| policy.title.clone()),
            basis: measure.basis.clone(),
            delivery: match measure.delivery {
                words::Delivery::NoApplication => "免申即享",
                words::Delivery::Instant => "即申即享",
                words::Delivery::Application => "申报",
            },
            region: measure.region.as_str().to_owned(),
            from: measure.validity.from.to_string(),
            to: measure.validity.to.map(|day| day.to_string()),
            fund: measure.fund.as_ref().map(ToString::to_string),
            payable_from: measure.payable_from.map(|amount| amount.to_string()),
            first_time_only: measure.first_time_only,
            conditions: measure.conditions.iter().map(named).collect(),
            exceptions: measure.exceptions.iter().map(named).collect(),
        }
    }
}

async fn measures(ask: Ask, known: Known) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let rows = library.measures.iter();
    let rows = rows.map(|measure| MeasureRow::of(library, measure));
    reply::list(&rows.collect::<Vec<_>>(), None, &known)
}

async fn measure(
    ask: Ask,
    Named((policy, measure)): Named<(String, String)>,
    known: Known,
) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let found = published.library.measure(&format!("{policy}/{measure}"));
    let found = found.ok_or_else(WebFault::missing)?;
    reply::tagged(&MeasureRow::of(&published.library, found), &known)
}

/// 词汇表里的一项数据
#[derive(Clone, Debug, Serialize, ToSchema)]
struct FactRow {
    /// 英文名
    id: String,
    /// 中文名
    name: String,
    /// 类型
    kind: &'static str,
    /// 可取的值;没有固定值的为空
    members: Vec<String>,
    /// 单位
    unit: Option<String>,
    /// 归哪个部门
    owner: String,
    /// 说明
    about: Option<String>,
}

impl FactRow {
    fn of(fact: &Fact) -> Self {
        Self {
            id: fact.id.clone(),
            name: fact.name.clone(),
            kind: fact.fact_type.word(),
            members: fact.fact_type.members().to_vec(),
            unit: fact.unit.clone(),
            owner: fact.source.clone(),
            about: fact.about.clone(),
        }
    }
}

async fn facts(ask: Ask, known: Known) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let vocabulary = &published.library.vocabulary;
    let rows: Vec<FactRow> = vocabulary
        .facts()
        .map(|(_, fact)| FactRow::of(fact))
        .collect();
    reply::list(&rows, None, &known)
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    const TAG: Tag = Tag::Policies;
    const OPEN: Access = Access::Public;
    vec![
        Operation::get(
            (TAG, "检索政策、条款和事项"),
            "/api/v1/search",
            OPEN,
            search,
        )
        .query::<SearchQuery>()
        .gives::<Found>()
        .token(READ),
        Operation::get((TAG, "输入时的提示"), "/api/v1/suggestions", OPEN, suggest)
            .query::<SuggestQuery>()
            .gives::<Suggested>()
            .token(READ),
        Operation::get((TAG, "政策"), "/api/v1/policies", OPEN, policies)
            .lists::<PolicyRow>()
            .token(READ),
        Operation::get(
            (TAG, "一份政策的全文"),
            "/api/v1/policies/{policy}",
            OPEN,
            policy,
        )
        .gives::<PolicyShown>()
        .token(READ),
        Operation::get((TAG, "事项"), "/api/v1/measures", OPEN, measures)
            .lists::<MeasureRow>()
            .token(READ),
        Operation::get(
            (TAG, "一个事项"),
            "/api/v1/measures/{policy}/{measure}",
            OPEN,
            measure,
        )
        .gives::<MeasureRow>()
        .token(READ),
        Operation::get(
            (TAG, "词汇表:可以填写哪些数据"),
            "/api/v1/facts",
            OPEN,
            facts,
        )
        .lists::<FactRow>()
        .token(READ),
    ]
}
