//! Regions as people type them and as search shows them.

use zhida_indexer::{Place, Reach, RegionFilter};
use zhida_policies::values::{Codes, Region};

use crate::failure::Failure;

/// The regions that contain one, from the province down to the region itself.
pub(crate) fn places(codes: &Codes, region: Region) -> Vec<Place> {
    let tree = codes.regions();
    let mut places: Vec<Place> = tree
        .lineage(region.as_str())
        .filter(|code| !code.as_str().is_empty())
        .map(|code| Place {
            code: code.as_str().to_owned(),
            name: tree.name(code.as_str()).unwrap_or_default().to_owned(),
        })
        .collect();
    places.reverse();
    places
}

/// The region of this code or name, with those that contain it.
pub(crate) fn filter(codes: &Codes, typed: &str, reach: Reach) -> Result<RegionFilter, Failure> {
    let code = find(codes, typed)?;
    let region = codes.region(&code).map_err(|unknown| {
        Failure::usage(
            format!("没有“{}”这个地区代码(GB/T 2260)", unknown.code),
            "--region 写地区代码或名称,如 4206 或 襄阳市",
        )
    })?;
    let mut above: Vec<String> = Vec::new();
    // A functional zone lies in divisions that its code does not tell.
    for inside in [&region].into_iter().chain(codes.overlaps(region)) {
        let lineage = codes.regions().lineage(inside.as_str());
        above.extend(lineage.map(|step| step.as_str().to_owned()));
    }
    above.retain(|step| *step != code && !step.is_empty());
    above.sort();
    above.dedup();
    Ok(RegionFilter { code, above, reach })
}

/// The code of what was typed: a code, or a name that only one region has.
fn find(codes: &Codes, typed: &str) -> Result<String, Failure> {
    let typed = typed.trim();
    if typed.is_empty() || typed == "全国" {
        return Ok(String::new());
    }
    let tree = codes.regions();
    if tree.contains(typed) {
        return Ok(typed.to_owned());
    }
    let named = |wanted: &dyn Fn(&str) -> bool| -> Vec<(String, String)> {
        tree.iter()
            .filter(|(_, node)| wanted(&node.name))
            .map(|(code, node)| (code.to_owned(), node.name.clone()))
            .collect()
    };
    let mut found = named(&|name| name == typed);
    if found.is_empty() {
        found = named(&|name| name.trim_end_matches(['省', '市', '县', '区']) == typed);
    }
    match found.as_slice() {
        [(code, _)] => Ok(code.clone()),
        [] => {
            let near = tree.nearest(typed).map_or_else(String::new, |code| {
                format!(";最接近的是 {code} {}", tree.name(code).unwrap_or_default())
            });
            Err(Failure::usage(
                format!("没有“{typed}”这个地区{near}"),
                "--region 写地区代码或名称,如 4206 或 襄阳市",
            ))
        }
        several => {
            let list: Vec<String> = several
                .iter()
                .map(|(code, name)| format!("{code} {name}"))
                .collect();
            Err(Failure::usage(
                format!("“{typed}”不止一个:{}", list.join("、")),
                "请写地区代码",
            ))
        }
    }
}
