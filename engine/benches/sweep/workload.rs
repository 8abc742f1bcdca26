//! The measures of a benchmark, spread over regions, each as a policy text and as SQL.

use std::fmt::Write as _;

use crate::shapes::{COMMON_FILTER, COMMON_RULES, SHAPES};

/// Measures of the nation and of each province.
const LARGE: usize = 12;

/// Measures of each city.
const MIDDLE: usize = 5;

/// One measure, in both forms.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// The name of the measure, `policy/measure`.
    pub(crate) id: String,
    /// The condition of SQL.
    pub(crate) filter: String,
    /// The amount of SQL, in yuan.
    pub(crate) amount: String,
}

/// The policy texts and their SQL.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workload {
    /// The files: path and text.
    pub(crate) policies: Vec<(String, String)>,
    /// The measures in the order of the files.
    pub(crate) pairs: Vec<Pair>,
}

/// How many measures a region of its own has; the counties share what is left.
fn own_count(region: &str) -> Option<usize> {
    match region.len() {
        0 | 2 => Some(LARGE),
        4 => Some(MIDDLE),
        _ => None,
    }
}

/// No further statements.
pub(crate) fn nothing(_number: u64) -> String {
    String::new()
}

/// As in life: more measures the higher a region stands, and the counties share what is left.
pub(crate) fn by_level(regions: &[String], measures: usize) -> Vec<(String, usize)> {
    let taken: usize = regions.iter().filter_map(|region| own_count(region)).sum();
    let small = regions.iter().filter(|region| own_count(region).is_none());
    let small = small.count().max(1);
    let left = measures.saturating_sub(taken);
    let (each, more) = (left / small, left % small);
    let mut place = 0;
    let counts = regions.iter().map(|region| {
        let count = own_count(region).unwrap_or_else(|| {
            place += 1;
            each + usize::from(place <= more)
        });
        (region.clone(), count)
    });
    counts.collect()
}

/// Few measures that look to an enterprise like very many spread [`by_level`].
///
/// An enterprise is inside one province and one city, so that of very many measures it meets 12
/// of the nation, 12 of its province and 5 of its city. Here the nation has all of these 29, and
/// what is left goes to counties at equal distances, one each: as many measures of the three
/// upper levels are decided for every enterprise, and fewer of the counties.
pub(crate) fn condensed(regions: &[String], measures: usize) -> Vec<(String, usize)> {
    let upper = (2 * LARGE + MIDDLE).min(measures);
    let small: Vec<&String> = regions
        .iter()
        .filter(|region| own_count(region).is_none())
        .collect();
    let left = (measures - upper).min(small.len());
    let step = small.len() / left.max(1);
    let nation = std::iter::once((String::new(), upper));
    let counties = small.into_iter().step_by(step.max(1)).take(left);
    nation
        .chain(counties.map(|region| (region.clone(), 1)))
        .collect()
}

/// Measures of regions, eight shapes after each other.
///
/// # Shape
/// One policy a region, in the order given, until there are as many measures as asked for; region
/// codes by their GB/T 2260 prefix. `more` are further statements of a measure by its number.
pub(crate) fn workload(
    counts: &[(String, usize)],
    measures: usize,
    more: fn(u64) -> String,
) -> Workload {
    let mut workload = Workload::default();
    let mut made = 0_usize;
    for (region, count) in counts {
        let count = (*count).min(measures.saturating_sub(made));
        if count > 0 {
            workload.add(region, made, count, more);
            made += count;
        }
    }
    workload
}

impl Workload {
    /// One policy of a region.
    fn add(&mut self, region: &str, made: usize, count: usize, more: fn(u64) -> String) {
        let name = if region.is_empty() { "nation" } else { region };
        let policy = format!("bench-{name}");
        let mut text = format!(
            "---\nid: {policy}\ntitle: 测速政策{region}\nregion: \"{region}\"\
             \neffective: 2025-01-01\n---\n\n## 第一条\n\n```zhida\n"
        );
        // The nation holds also those whose region is not known.
        let inside = if region.is_empty() {
            String::new()
        } else {
            format!(" AND starts_with(region, '{region}')")
        };
        let shapes = SHAPES.iter().cycle().skip(made % SHAPES.len());
        let numbers = (0_u64..).skip(made).take(count);
        for (number, shape) in numbers.zip(shapes) {
            let id = format!("{}-{number}", shape.id);
            let _ = write!(
                text,
                "事项 {id} \"{id}\"\n  方式 免申即享\n  周期 每年\n{}{COMMON_RULES}{}\n",
                more(number),
                (shape.rules)(number)
            );
            self.pairs.push(Pair {
                id: format!("{policy}/{id}"),
                filter: format!("{COMMON_FILTER}{inside} AND {}", (shape.filter)(number)),
                amount: (shape.amount)(number),
            });
        }
        text.push_str("```\n");
        self.policies.push((format!("{policy}.md"), text));
    }
}
