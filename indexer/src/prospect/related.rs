//! Which articles speak of what an enterprise does.

use crate::answer::Hit;
use crate::entry::Kind;
use crate::error::Error;
use crate::index::Index;
use crate::plan::Plan;
use crate::query::Query;
use crate::question::Question;

/// Sentences of a business scope that are looked at.
const SENTENCES_MAX: usize = 64;
/// What they are looked for by.
const PARTS_MAX: usize = 96;
/// Words of every business scope, which say nothing of this one.
const USUAL: [&str; 12] = [
    "许可项目",
    "一般项目",
    "依法须经批准的项目",
    "经相关部门批准后方可开展经营活动",
    "具体经营项目以相关部门批准文件或许可证件为准",
    "具体经营项目以审批结果为准",
    "除依法须经批准的项目外",
    "凭营业执照依法自主开展经营活动",
    "自主开展经营活动",
    "不含许可类信息咨询服务",
    "不含危险化学品",
    "经营范围",
];

impl Index {
    /// The articles that speak most of what a text says, as a business scope says what an
    /// enterprise does.
    ///
    /// # Shape
    /// The text of the query is the business scope, of any length; an article need not have all
    /// of it. Without kinds in the query only articles are looked at. A text that says nothing
    /// finds nothing.
    /// # Errors
    /// [`Error::Tantivy`] or [`Error::Entry`] when the index cannot be read.
    pub fn related(&self, query: &Query) -> Result<Vec<Hit>, Error> {
        let mut question = Question::default();
        let ends = [
            '；', ';', '。', '，', ',', '、', '：', ':', '\n', '(', ')', '（', '）',
        ];
        let mut sentences: Vec<&str> = Vec::new();
        for sentence in query.text.split(ends).map(str::trim) {
            let says_something = !sentence.is_empty() && !USUAL.contains(&sentence);
            if says_something && !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
            if sentences.len() >= SENTENCES_MAX {
                break;
            }
        }
        for sentence in sentences {
            let read = Question::read(sentence, &self.lexicon);
            for part in read.parts {
                if !question.parts.contains(&part) {
                    question.parts.push(part);
                }
            }
            question.stretches.extend(read.stretches);
        }
        question.parts.truncate(PARTS_MAX);
        question.stretches.truncate(PARTS_MAX);
        if question.parts.is_empty() {
            return Ok(Vec::new());
        }
        question.whole.clone_from(&query.text);
        let plan = Plan {
            fields: &self.fields,
            question: &question,
        };
        let mut filters = query.clone();
        if filters.kinds.is_empty() {
            filters.kinds.push(Kind::Article);
        }
        let answer = self.page(&self.reader.searcher(), &plan, &filters, 1)?;
        Ok(answer.hits)
    }
}
