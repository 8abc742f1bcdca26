//! One small library for each kernel of the columns, over 100,000 enterprises on one thread.
//!
//! Each library says the same thing in several measures with different figures, so that the work
//! of the kernel outweighs starting a run; an element is one measure for one enterprise. Awards
//! of kernels about conditions are constant and few.
#![allow(missing_docs, reason = "the macros of criterion make functions")]

use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use zhida_engine::column::{EvaluateOptions, evaluate_each};
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::Context;
use zhida_engine::plan::{Plan, Schema};
use zhida_engine::snapshot::Snapshot;
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Date};
use zhida_policies::vocabulary::Vocabulary;

/// The enterprises.
const ROWS: u64 = 100_000;

/// The measures of a library.
const MEASURES: u64 = 16;

/// A kernel and the rules of its n-th measure.
struct Kernel {
    name: &'static str,
    rules: fn(u64) -> String,
}

/// A condition with an award that costs nothing.
fn condition(text: &str) -> String {
    format!("  资格 \"条件\" {text}\n  金额 1万元 取整 元 四舍五入\n")
}

/// An award for everyone with a revenue.
fn award(text: &str) -> String {
    format!("  资格 \"收入\" 营业收入 > 0元\n  金额 {text} 取整 元 四舍五入\n")
}

const KERNELS: [Kernel; 10] = [
    Kernel {
        name: "threshold comparison",
        rules: |n| condition(&format!("营业收入 >= {}亿元", 900 + n)),
    },
    Kernel {
        name: "ratio comparison",
        rules: |n| {
            condition(&format!(
                "(营业收入 - 营业收入@上年) / 营业收入@上年 >= {}%",
                400 + n
            ))
        },
    },
    Kernel {
        name: "code tree",
        rules: |n| condition(&format!("行业 属于 [\"T\", \"C{}1\"]", 13 + n)),
    },
    Kernel {
        name: "set member",
        rules: |n| {
            let titles = [
                "高新技术企业",
                "专精特新中小企业",
                "专精特新小巨人企业",
                "制造业单项冠军",
            ];
            let held = titles.iter().enumerate().map(|(place, title)| {
                let not = if n >> place & 1 == 0 { "" } else { "非 " };
                format!("{not}(资质 包含 \"{title}\")")
            });
            condition(&held.collect::<Vec<_>>().join(" 且 "))
        },
    },
    Kernel {
        name: "tier",
        rules: |n| {
            award(&format!(
                "分档(营业收入) {{\n    < {a}万元 : 1万元\n    [{a}万元..{b}万元) : 2万元\
                 \n    >= {b}万元 : 3万元\n  }}",
                a = 500 + n,
                b = 2_000 + n
            ))
        },
    },
    Kernel {
        name: "marginal",
        rules: |n| {
            award(&format!(
                "累进(营业收入) {{\n    [0元..1000万元] : {}‰\n    (1000万元..5000万元] : {}‰\
                 \n    > 5000万元 : {}‰\n  }}",
                20 + n,
                30 + n,
                40 + n
            ))
        },
    },
    Kernel {
        name: "decision table",
        rules: |n| {
            award(&format!(
                "按表 唯一 {{\n    | 营业收入 | 从业人员 | 结果 |\
                 \n    | < {r}万元 | < 20 | 1万元 |\n    | < {r}万元 | >= 20 | 2万元 |\
                 \n    | >= {r}万元 | < 20 | 3万元 |\n    | >= {r}万元 | >= 20 | 4万元 |\n  }}",
                r = 2_000 + n
            ))
        },
    },
    Kernel {
        name: "list count",
        rules: |n| award(&format!("计数(新增员工 其中 参保月数 >= {n}) * 1元")),
    },
    Kernel {
        name: "list sum",
        rules: |n| {
            award(&format!(
                "合计(新增员工, 参保月数 其中 参保月数 >= {n}) * 1元"
            ))
        },
    },
    Kernel {
        name: "rounding",
        rules: |n| award(&format!("营业收入 * {}‰", 1 + n)),
    },
];

/// The vocabulary and code tables of all kernels.
struct World {
    vocabulary: Arc<Vocabulary>,
    codes: Arc<Codes>,
    context: Context,
}

impl World {
    fn new() -> Result<Self> {
        let text = include_str!("sweep/vocabulary.toml");
        let ends = &zhida_policies::syntax::keywords::ends_expression;
        let vocabulary =
            Vocabulary::read(text, ends).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
        Ok(Self {
            vocabulary: Arc::new(vocabulary),
            codes: Arc::new(Codes::built_in()?),
            context: Context {
                year: 2025,
                as_of: Date::new(2026, 6, 30)?,
            },
        })
    }

    fn snapshot(&self) -> Result<Snapshot> {
        let options = GenerateOptions {
            count: ROWS,
            seed: 20_250_630,
            year: self.context.year,
            as_of: Some(self.context.as_of),
            regions: vec![self.codes.region("42")?],
            only: None,
        };
        let generator = Generator::new(Arc::clone(&self.vocabulary), &self.codes, options)?;
        Ok(generator.snapshot(&mut |_| ControlFlow::Continue(()))?)
    }

    fn library(&self, kernel: &Kernel) -> Result<Library> {
        let mut text = "---\nid: bench-kernel\ntitle: 测速政策\nregion: \"\"\
                        \neffective: 2025-01-01\n---\n\n## 第一条\n\n```zhida\n"
            .to_owned();
        for number in 0..MEASURES {
            let rules = (kernel.rules)(number);
            text.push_str(&format!(
                "事项 m-{number} \"事项{number}\"\n  方式 免申即享\n  周期 每年\n{rules}\n"
            ));
        }
        text.push_str("```\n");
        let texts = vec![PolicyText {
            path: "bench-kernel.md".to_owned(),
            bytes: text.into_bytes(),
        }];
        let (vocabulary, codes) = (Arc::clone(&self.vocabulary), Arc::clone(&self.codes));
        let library = check(texts, vocabulary, codes, CheckOptions::default());
        let faults = library.faults.iter();
        let faults: Vec<_> = faults.filter(|fault| !fault.code.is_warning()).collect();
        ensure!(faults.is_empty(), "{}: {faults:#?}", kernel.name);
        Ok(library)
    }
}

fn measure(criterion: &mut Criterion) -> Result<()> {
    let world = World::new()?;
    let snapshot = world.snapshot()?;
    let mut group = criterion.benchmark_group("kernels");
    group.throughput(Throughput::Elements(ROWS.saturating_mul(MEASURES)));
    for kernel in &KERNELS {
        let library = world.library(kernel)?;
        let plan = Plan::new(&library, world.context, Schema::of(&snapshot));
        ensure!(
            plan.reference_nodes().is_empty(),
            "{} is left to the reference interpreter",
            kernel.name
        );
        let run = || {
            let options = EvaluateOptions {
                threads: 1,
                ..EvaluateOptions::default()
            };
            evaluate_each(&plan, &snapshot, options, &mut |found| {
                black_box(found);
                ControlFlow::Continue(())
            })
        };
        run().with_context(|| kernel.name)?;
        group.bench_function(BenchmarkId::from_parameter(kernel.name), |bencher| {
            bencher.iter(run);
        });
    }
    group.finish();
    Ok(())
}

fn kernels(criterion: &mut Criterion) {
    if let Err(error) = measure(criterion) {
        panic!("{error:?}");
    }
}

criterion_group! {
    name = all;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(500))
        .measurement_time(std::time::Duration::from_secs(2));
    targets = kernels
}
criterion_main!(all);
