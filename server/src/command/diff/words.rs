//! Rules, decisions and causes of a diff in plain Chinese.

use zhida_engine::diff::{DiffCause, FactCause, FactsHow, RuleChange, RuleText, Standpoint};

use crate::table::total;

/// One rule that differs, before and after.
pub(super) fn rule_in_words(rule: &RuleChange) -> String {
    let name = match rule.name.as_str() {
        "" => String::new(),
        name => format!("“{name}”"),
    };
    let articles = [rule.after.as_ref(), rule.before.as_ref()];
    let article = articles.into_iter().flatten().map(|text| &*text.article);
    let article = match article.clone().find(|article| !article.is_empty()) {
        Some(article) => format!("({article})"),
        None => String::new(),
    };
    let text = |text: &Option<RuleText>| {
        let written = text.as_ref().map(|text| text.written.as_str());
        written.map_or("无".to_owned(), |written| format!("“{written}”"))
    };
    format!(
        "{}{name}{article}:原 {},现 {}",
        rule.part.text(),
        text(&rule.before),
        text(&rule.after)
    )
}

/// A decision and its award.
pub(super) fn standpoint(one: Option<&Standpoint>) -> String {
    let Some(one) = one else {
        return "不得".to_owned();
    };
    let greatest = || match one.greatest {
        Some(greatest) => format!("最多 {} 元", total(greatest)),
        None => "没有上限".to_owned(),
    };
    match one.outcome {
        "undetermined" => format!("待核,暂计 {} 元,{}", total(one.amount), greatest()),
        "ceiling" => format!("由人核定,{}", greatest()),
        "error" => "出错".to_owned(),
        _ if one.amount == one.award => format!("应得 {} 元", total(one.amount)),
        _ => format!(
            "应得 {} 元,限额等步骤后 {} 元",
            total(one.award),
            total(one.amount)
        ),
    }
}

/// A cause, line by line.
pub(super) fn in_words(cause: &DiffCause) -> Vec<String> {
    match cause {
        DiffCause::EnterpriseAdded => vec!["因为前一个快照里没有这家企业".to_owned()],
        DiffCause::EnterpriseRemoved => vec!["因为后一个快照里没有这家企业".to_owned()],
        DiffCause::MeasureAdded => vec!["因为前一套政策里没有这个事项".to_owned()],
        DiffCause::MeasureRemoved => vec!["因为后一套政策里没有这个事项".to_owned()],
        DiffCause::Facts(cause) => facts_in_words(cause),
        DiffCause::Rules(rules) => {
            let rules = rules.iter().map(rule_in_words);
            rules.map(|rule| format!("规则:{rule}")).collect()
        }
        DiffCause::Limits(cause) => {
            let steps = |steps: &[String]| match steps {
                [] => "没有扣减".to_owned(),
                steps => steps.join(";"),
            };
            let mut lines = vec![format!(
                "限额等步骤:原 {};现 {}",
                steps(&cause.before),
                steps(&cause.after)
            )];
            if cause.rules.is_empty() {
                lines.push("  这些规则没有变,是同一规则下的其他金额或已付变了".to_owned());
            }
            lines.extend(cause.rules.iter().map(rule_in_words));
            lines
        }
    }
}

fn facts_in_words(cause: &FactCause) -> Vec<String> {
    let facts = cause.facts.iter().map(|fact| {
        let owner = match fact.owner.as_str() {
            "" => String::new(),
            owner => format!("[{owner}]"),
        };
        format!("{}{owner} {} → {}", fact.name, fact.before, fact.after)
    });
    let facts: Vec<String> = facts.collect();
    let because = match (cause.how, facts.len()) {
        (FactsHow::Alone, 1) => "数据,仅此一项就有这个结果",
        (FactsHow::Alone, _) => "数据,以下任何一项单独变化都有这个结果",
        (FactsHow::Together, 1) => "数据",
        (FactsHow::Together, _) => "数据,以下几项一起变化才有这个结果",
        (FactsHow::OtherYear, _) => "评定年度不同,读的是另一时期的数据",
    };
    vec![format!("{because}:{}", facts.join(";"))]
}
