//! Putting a sheet together: from the trail of a payout and the proof of its last event.

use serde_json::Value;
use zhida_engine::payouts::{PayoutId, Signature};

use super::{Block, Reader, Section, Sheet, facts};
use crate::audit::trail::{ArticleTrail, AttemptTrail, SweepTrail, Trail, trail};
use crate::failure::Failure;
use crate::payouts::desk::Desk;
use crate::store::{ExportedProof, Proved};
use crate::table::{count, money};
use crate::views::law::{LawBlock, blocks};
use crate::views::times;

/// The heading of the law.
const LAW: &str = "条文";

/// The sheet of a payout; nothing where there is none.
///
/// # Shape
/// Of the proof only hashes are on paper, so that it can be that of the very last event, whoever
/// gave the order and whatever else it was about.
/// # Errors
/// What was kept and cannot be read.
pub(crate) fn made(desk: &Desk, id: &PayoutId, reader: Reader) -> Result<Option<Sheet>, Failure> {
    let proof = desk.wait(desk.store.prove_payout(id, desk.at))?;
    let Some(proof) = proof else {
        return Ok(None);
    };
    let trail = trail(desk, id, reader)?;
    Ok(Some(sheet(&trail, &proof, reader)))
}

fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn sheet(trail: &Trail, proof: &ExportedProof, reader: Reader) -> Sheet {
    let of = |name: &str| text(&trail.payout, name);
    let mut sections = vec![what(trail)];
    match &trail.sweep {
        Some(sweep) => sections.extend(reckoned(sweep)),
        None => sections.push(Section {
            title: "计算",
            blocks: vec![Block::Words(
                "这笔兑付是没有封存时核算的,不能从封存材料重算。".to_owned(),
            )],
        }),
    }
    sections.push(approvals(trail, reader));
    if !trail.attempts.is_empty() {
        sections.push(payments(&trail.attempts));
    }
    sections.push(evidence(trail, proof));
    let is_equal = trail.sweep.as_ref().is_none_or(|sweep| sweep.is_equal);
    Sheet {
        title: "奖补资金计算单".to_owned(),
        amount: format!("{} 元", grouped(&of("amount"))),
        about: format!("{} · {}", of("enterprise"), of("title")),
        warning: match is_equal {
            true => String::new(),
            false => "重放与封存不一致:这张单上的计算不能作为付款依据,请报告审计部门。".to_owned(),
        },
        number: of("payout"),
        sections,
    }
}

/// Yuan with their digits grouped.
fn grouped(yuan: &str) -> String {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, "00"));
    format!("{}.{part}", count(whole))
}

fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// Headings with the share of the width that each column takes.
fn heads(columns: &[(&str, u16)]) -> Vec<(String, u16)> {
    let all = columns.iter();
    all.map(|(name, share)| ((*name).to_owned(), *share))
        .collect()
}

fn what(trail: &Trail) -> Section {
    let of = |name: &str| text(&trail.payout, name);
    let mut pairs = vec![
        pair("兑付编号", of("payout")),
        pair("企业", of("enterprise")),
        pair("统一社会信用代码", of("uscc")),
        pair("事项", format!("{}({})", of("title"), of("measure"))),
        pair("期间", of("period")),
        pair("状态", trail.state.clone()),
    ];
    if let Some(notice) = &trail.notice {
        let shown = format!("{} 至 {}({})", notice.from, notice.until, notice.id);
        pairs.push(pair("公示", shown));
    }
    Section {
        title: "这笔兑付",
        blocks: vec![Block::Pairs(pairs)],
    }
}

/// Facts and steps alone, for a page that shows the law beside them.
pub(crate) fn reckoning(sweep: &SweepTrail) -> Sheet {
    let sections = reckoned(sweep).into_iter();
    Sheet {
        sections: sections.filter(|section| section.title != LAW).collect(),
        ..Sheet::default()
    }
}

/// Law, facts and steps.
fn reckoned(sweep: &SweepTrail) -> Vec<Section> {
    let mut sections = Vec::new();
    if let Some(article) = &sweep.article {
        sections.push(law(article));
    }
    let Some(explanation) = &sweep.explanation else {
        return sections;
    };
    sections.push(Section {
        title: "所用数据",
        blocks: vec![Block::Table {
            head: heads(&[("数据", 30), ("值", 26), ("部门", 16), ("出处", 28)]),
            rows: facts::facts(&explanation.steps),
        }],
    });
    let payable = explanation.payable.as_ref();
    let steps = facts::steps(&explanation.steps);
    let settled = payable.map(|payable| &payable.summary);
    let settled = settled.filter(|summary| !summary.is_empty());
    let summary = settled.unwrap_or(&explanation.outcome.summary);
    sections.push(Section {
        title: "怎样算出",
        blocks: vec![
            Block::Pairs(vec![
                pair("评定年度", explanation.year.to_string()),
                pair("基准日", explanation.as_of.to_string()),
                pair("结论", explanation.outcome.summary.clone()),
                pair("核定", summary.clone()),
            ]),
            Block::Steps(steps),
        ],
    });
    sections
}

fn law(article: &ArticleTrail) -> Section {
    let number = article.document.as_deref().unwrap_or_default();
    let mut found = vec![Block::Words(format!(
        "《{}》{number} {}",
        article.policy, article.label
    ))];
    for block in blocks(&article.text) {
        found.push(match block {
            LawBlock::Paragraph(words) => Block::Words(words),
            LawBlock::Points(points) => Block::Points(points),
            LawBlock::Table { head, rows } => {
                let width = u16::try_from(head.len()).unwrap_or(1).max(1);
                let share = 100_u16.checked_div(width).unwrap_or(100);
                let head = head.into_iter().map(|name| (name, share)).collect();
                Block::Table { head, rows }
            }
        });
    }
    Section {
        title: LAW,
        blocks: found,
    }
}

fn signed(signature: &Signature, reader: Reader) -> Vec<String> {
    let who = match reader {
        Reader::Official | Reader::Bureau => {
            format!("{}({})", signature.person, signature.user)
        }
        Reader::Enterprise => String::new(),
    };
    vec![
        signature.role.chinese().to_owned(),
        who,
        times::minute(signature.at),
    ]
}

fn approvals(trail: &Trail, reader: Reader) -> Section {
    let signatures = trail.signatures.iter();
    let rows: Vec<Vec<String>> = signatures.map(|one| signed(one, reader)).collect();
    Section {
        title: "审批",
        blocks: vec![match rows.is_empty() {
            true => Block::Words("还没有人办理过这一笔。".to_owned()),
            false => Block::Table {
                head: heads(&[("职责", 30), ("办理人", 40), ("时刻", 30)]),
                rows,
            },
        }],
    }
}

fn payments(attempts: &[AttemptTrail]) -> Section {
    let rows = attempts.iter().map(|attempt| {
        let said = attempt.bank.iter().map(|fact| {
            let on = fact.on.map_or_else(String::new, |on| format!("{on} "));
            format!("{on}流水 {}", fact.reference)
        });
        let batch = attempt.batch.as_ref();
        vec![
            attempt.number.to_string(),
            money(attempt.amount),
            attempt.shown.to_owned(),
            attempt.end_to_end_id.clone(),
            batch.map_or_else(String::new, |batch| batch.execution.to_string()),
            said.collect::<Vec<String>>().join(";"),
        ]
    });
    Section {
        title: "支付",
        blocks: vec![Block::Table {
            head: heads(&[
                ("次", 6),
                ("金额(元)", 18),
                ("状态", 14),
                ("指令", 26),
                ("付款日", 14),
                ("银行", 22),
            ]),
            rows: rows.collect(),
        }],
    }
}

fn evidence(trail: &Trail, proof: &ExportedProof) -> Section {
    let mut pairs = Vec::new();
    if let Some(sweep) = &trail.sweep {
        let word = if sweep.is_equal {
            "与封存一致"
        } else {
            "与封存不一致"
        };
        pairs.push(pair("重放", word));
        pairs.push(pair("封存摘要", sweep.seal.to_string()));
        pairs.push(pair("清算结果", sweep.sealed.clone()));
        pairs.push(pair("数据摘要", sweep.snapshot.clone()));
        pairs.push(pair("规则含义版本", sweep.semantics.to_string()));
    }
    pairs.push(pair("清单叶", trail.origin.award.to_string()));
    pairs.push(pair("清单树根", trail.origin.root.to_string()));
    let mut blocks = vec![Block::Pairs(pairs)];
    if let ExportedProof::Inclusion {
        public_key,
        sequence,
        leaf,
        size,
        root,
        path,
        head,
        ..
    } = proof
    {
        let holds = matches!(proof.verify(None), Ok(Proved::Inclusion { .. }));
        let word = if holds { "成立" } else { "不成立" };
        blocks.push(Block::Words(format!(
            "日志共 {} 条,这笔兑付最近一次变动是第 {} 条;包含证明{word}。",
            count(size),
            count(sequence)
        )));
        blocks.push(Block::Pairs(vec![
            pair("日志叶", leaf.clone()),
            pair("日志树根", root.clone()),
            pair("公钥", public_key.clone()),
        ]));
        blocks.push(Block::Words("证明路径(从叶到根):".to_owned()));
        blocks.push(Block::Exact(path.join("\n")));
        blocks.push(Block::Words(
            "日志头(请保存;以后凭它可以查出日志有没有被改写):".to_owned(),
        ));
        blocks.push(Block::Exact(head.trim_end().to_owned()));
    }
    Section {
        title: "核验",
        blocks,
    }
}
