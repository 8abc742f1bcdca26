//! `zhida forecast`: what a set of policies would cost, and beside another set who gains and loses.

mod tables;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;
use zhida_engine::forecast::{
    Comparison, Dimension, Forecast as Sums, ForecastError, Priced, Scope, SizeClasses,
};
use zhida_engine::sweep::SweepOptions;
use zhida_policies::measure::library::Library;

use self::tables::{drafts, heading, show, show_difference};
use super::sweep::watched;
use crate::arguments::Common;
use crate::enterprises::Enterprises;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::timings::Timings;
use crate::views::seen::{Seen, SeenRows};

/// How many lines of a table are shown where nobody asked for one dimension.
const SHORT: usize = 5;

/// 测算一套政策在一批企业上要花多少钱;草案也算,用来在印发前比较方案
#[derive(Args, Debug)]
#[command(after_help = "示例:\n  zhida forecast --snapshot out/snapshot\n  \
    zhida forecast --snapshot out/snapshot --by region --by month\n  \
    zhida forecast --snapshot out/snapshot --compare policies/library\n\n\
    预计:按现有数据、扣除限额和资金总额后应得的金额,待核的按最低计。\n\
    最低、最高:缺的数据无论怎样补齐,逐笔之和都在两者之间;没有上限的另计笔数,不猜。\n\
    月份:每月、每季度的事项在所读的最后一个月、季度之后;每年的事项在次年,月份未定;\n\
    分期的后几期在条件所读年度之后;政策没有写明的,列作“月份未定”。")]
pub(crate) struct Forecast {
    #[command(flatten)]
    enterprises: Enterprises,
    /// 与另一套政策比较:谁得更多、谁得更少、差多少
    #[arg(long, value_name = "文件夹")]
    compare: Option<PathBuf>,
    /// 只看某个维度的全部行,可以写几次:measure 事项、fund 资金、region 地区、industry 行业、
    /// size 规模、month 月份
    #[arg(long, value_name = "维度", hide_possible_values = true)]
    by: Vec<By>,
    /// 按哪个定义划分规模;不写为 企业规模
    #[arg(
        long,
        value_name = "定义",
        default_value = "企业规模",
        hide_default_value = true
    )]
    size: String,
    /// 用几个线程;不写用全部处理器。结果与线程数无关
    #[arg(long, value_name = "数", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// What a person asks for; some are several tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    Measure,
    Fund,
    Region,
    Industry,
    Size,
    Month,
}

impl By {
    fn dimensions(self) -> &'static [Dimension] {
        match self {
            Self::Measure => &[Dimension::Measure],
            Self::Fund => &[Dimension::Fund],
            Self::Region => &[Dimension::Province, Dimension::City, Dimension::County],
            Self::Industry => &[Dimension::Section, Dimension::Division],
            Self::Size => &[Dimension::Size],
            Self::Month => &[Dimension::Month],
        }
    }
}

/// What is shown where nobody asked for one dimension.
const OVERVIEW: [Dimension; 6] = [
    Dimension::Measure,
    Dimension::Fund,
    Dimension::City,
    Dimension::Section,
    Dimension::Size,
    Dimension::Month,
];

impl Forecast {
    /// Prices the policies; sums and counts are of those that are seen.
    pub(super) fn run(
        self,
        common: &Common,
        seen: &Seen,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let library = library::sound(common, output)?;
        let other = match &self.compare {
            Some(path) => Some(library::sound_at(path, common, output)?),
            None => None,
        };
        let (snapshot, context) = self.enterprises.open(&library)?;
        let built_in = library::of_the_binary(common)?;
        let sizes = SizeClasses::find(&library, &self.size);
        let sizes = sizes.or_else(|| SizeClasses::find(built_in.as_ref()?, &self.size));
        let scope = Scope {
            snapshot: &snapshot,
            codes: &library.codes,
            context,
            sizes,
        };
        let dimensions = self.dimensions(output.form());
        let rows = seen.rows(&snapshot, context.year);
        let priced = self.priced(&scope, &library, &rows)?;
        let sums = Sums::new(&scope, &priced, &dimensions);
        let before = match &other {
            Some(other) => Some(self.priced(&scope, other, &rows)?),
            None => None,
        };
        let comparison =
            before.map(|before| Comparison::new(&scope, &before, &priced, &dimensions));
        let most = if self.by.is_empty() {
            SHORT
        } else {
            usize::MAX
        };
        let enterprises = rows.count(snapshot.len());
        match output.form() {
            Form::Json => {
                let found = (&sums, comparison.as_ref());
                as_data(output, (&scope, enterprises), &library, found)?;
            }
            Form::People => {
                heading(output, (&scope, enterprises), &library, &sums.whole)?;
                match &comparison {
                    Some(comparison) => show_difference(output, comparison, most)?,
                    None => show(output, &sums, most)?,
                }
            }
        }
        Ok(Status::Done)
    }

    /// The dimensions asked for; without any, all as data and one table each for people.
    fn dimensions(&self, form: Form) -> Vec<Dimension> {
        if self.by.is_empty() {
            return match form {
                Form::Json => Dimension::ALL.to_vec(),
                Form::People => OVERVIEW.to_vec(),
            };
        }
        let by = self.by.iter().flat_map(|by| by.dimensions());
        by.copied().collect()
    }

    /// Decides and settles with a progress bar; the awards of those that are seen are left.
    fn priced<'a>(
        &self,
        scope: &Scope<'_>,
        library: &'a Library,
        rows: &SeenRows,
    ) -> Result<Priced<'a>, Failure> {
        let (snapshot, context) = (scope.snapshot, scope.context);
        let options = SweepOptions {
            threads: self.threads.map(usize::from),
            ..SweepOptions::new(context)
        };
        let settled = watched(snapshot, &Timings::start(), |control| {
            match Priced::new(snapshot, library, options, control) {
                Ok(priced) => Ok(Ok(priced)),
                Err(ForecastError::Sweep(error)) => Err(error),
                Err(error @ ForecastError::Settle(_)) => Ok(Err(error)),
            }
        })?;
        let mut priced =
            settled.map_err(|error| Failure::said(Status::Integrity, error.to_string(), ""))?;
        rows.leave_seen(&mut priced);
        Ok(priced)
    }
}

fn as_data(
    output: &mut Output,
    (scope, enterprises): (&Scope<'_>, usize),
    library: &Library,
    (sums, comparison): (&Sums, Option<&Comparison>),
) -> Result<(), Failure> {
    for table in &sums.tables {
        for line in &table.lines {
            output.json(&json!({"by": table.dimension, "line": line}))?;
        }
    }
    for table in comparison.iter().flat_map(|comparison| &comparison.tables) {
        for line in &table.lines {
            let change = line.difference.change();
            output.json(&json!({"by": table.dimension, "change": change, "difference": line}))?;
        }
    }
    let difference = comparison
        .map(|comparison| json!({"change": comparison.whole.change(), "whole": comparison.whole}));
    output.json(&json!({"totals": {
        "whole": sums.whole,
        "difference": difference,
        "enterprises": enterprises,
        "measures": library.measures.len(),
        "drafts": drafts(library),
        "year": scope.context.year,
        "as_of": scope.context.as_of,
        "snapshot": scope.snapshot.digest(),
        "sizes": scope.sizes.is_some(),
    }}))
}
