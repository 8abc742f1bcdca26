//! Code tables with the divisions of DOMAIN.md 5.5 and everything that can be wrong in them.

use super::*;

const INDUSTRIES: &str = "\
# GB/T 4754-2017, a few rows
code,level,name
C,section,制造业
C13,division,农副食品加工业
C131,group,谷物磨制
C1311,class,稻谷加工
F,section,批发和零售业
F51,division,批发业
";

const REGIONS: &str = "\
code,level,name
42,province,湖北省
4206,city,襄阳市
420602,county,襄城区
420606,county,樊城区
429004,county,仙桃市
34,province,安徽省
3411,city,滁州市
341171,county,中新苏滁高新区
341182,county,明光市
";

const ZONES: &str = "\
code,name,parent,overlaps
# the zone stands in both tables
341171,中新苏滁高新技术产业开发区,3411,
4206-gx,襄阳高新技术产业开发区,4206,420602|420606
";

fn codes() -> Codes {
    Codes::from_texts(INDUSTRIES, REGIONS, ZONES).unwrap()
}

#[test]
fn what_lies_inside_what() {
    let codes = codes();
    let region = |text: &str| codes.region(text).unwrap();
    for (outer, inner, covers) in [
        ("", "420602", true),
        ("", "4206-gx", true),
        ("42", "420602", true),
        ("4206", "4206", true),
        ("4206", "420606", true),
        ("4206", "4206-gx", true),
        ("420606", "4206-gx", false),
        ("4206-gx", "420606", false),
        ("420602", "4206", false),
        ("42", "429004", true),
        ("34", "341171", true),
        ("4206", "341182", false),
    ] {
        assert_eq!(
            codes.region_covers(region(outer), region(inner)),
            covers,
            "{outer} {inner}"
        );
    }
    assert!(codes.industries().covers("C", "C1311"));
    assert!(!codes.industries().covers("C131", "C13"));
    assert!(!codes.industries().covers("C", "C99"));
    assert!(!codes.industries().covers("", "C"));
}

#[test]
fn names_levels_and_neighbours() {
    let codes = codes();
    let regions = codes.regions();
    assert_eq!(regions.name(""), Some("全国"));
    assert_eq!(regions.name("341171"), Some("中新苏滁高新技术产业开发区"));
    assert_eq!(
        regions.children("42").collect::<Vec<_>>(),
        ["4206", "429004"]
    );
    assert_eq!(
        regions.children("4206").collect::<Vec<_>>(),
        ["4206-gx", "420602", "420606"]
    );
    assert_eq!(regions.parent("429004"), Some("42"));
    let levels = ["", "42", "4206", "420602", "4206-gx"].map(|code| regions.level(code).unwrap());
    assert_eq!(levels, [0, 1, 2, 3, 4]);
    let levels = ["C", "C13", "C131", "C1311"].map(|code| codes.industries().level(code).unwrap());
    assert_eq!(levels, [1, 2, 3, 4]);
    let zone = codes.region("4206-gx").unwrap();
    assert!(codes.is_zone(zone) && !codes.is_zone(codes.region("4206").unwrap()));
    assert_eq!(
        codes
            .overlaps(zone)
            .iter()
            .map(Region::as_str)
            .collect::<Vec<_>>(),
        ["420602", "420606"]
    );
    assert_eq!(codes.zones().count(), 2);
}

#[test]
fn an_unknown_code_offers_the_nearest() {
    let codes = codes();
    let industry = |text| codes.industry(text).map_err(|error| error.nearest);
    assert_eq!(industry("1311").unwrap().as_str(), "C1311");
    assert_eq!(industry("C1399"), Err(Some("C13".to_owned())));
    assert_eq!(industry("制造业"), Err(Some("C".to_owned())));
    assert_eq!(industry("zzz"), Err(None));
    let region = |text| codes.region(text).map_err(|error| error.nearest);
    assert_eq!(region("420603"), Err(Some("4206".to_owned())));
    assert_eq!(region("襄阳市"), Err(Some("4206".to_owned())));
}

#[test]
fn wrong_tables_are_refused() {
    let head = "code,level,name\n";
    let industry = |rows: &str| {
        let error = Codes::from_texts(&format!("{head}{rows}"), "", "").unwrap_err();
        (error.line, error.problem)
    };
    let unlisted = CodeTreeError::UnknownParent {
        code: ShortCode::new("C13").unwrap(),
        parent: ShortCode::new("C").unwrap(),
    };
    assert_eq!(
        industry("C13,division,x\n"),
        (0, CodesProblem::Tree(unlisted))
    );
    assert_eq!(
        industry("C,section,x\nC,section,y\n"),
        (3, CodesProblem::Duplicate("C".to_owned()))
    );
    assert_eq!(
        industry("C,1\n"),
        (
            2,
            CodesProblem::Cells {
                expected: 3,
                found: 2
            }
        )
    );
    assert_eq!(industry("C,1,\"x\n"), (2, CodesProblem::Quote));
    assert_eq!(
        industry("C,1,\n"),
        (2, CodesProblem::NoName("C".to_owned()))
    );
    let wrong = IndustryError::OtherSection { expected: 'F' };
    assert_eq!(
        industry("C51,division,x\n"),
        (2, CodesProblem::Industry("C51".to_owned(), wrong))
    );
    let level = CodesProblem::Level {
        code: "C".to_owned(),
        expected: "section",
        found: "class".to_owned(),
    };
    assert_eq!(industry("C,class,x\n"), (2, level));
    let error = Codes::from_texts("code,level,title\n", "", "").unwrap_err();
    assert_eq!(
        (error.line, error.problem),
        (1, CodesProblem::MissingColumn("name"))
    );

    let zone = |rows: &str| {
        let zones = format!("code,name,parent,overlaps\n{rows}");
        Codes::from_texts("", REGIONS, &zones).unwrap_err().problem
    };
    assert_eq!(
        zone("4206-gx,x,4206,999999\n"),
        CodesProblem::Unknown("999999".to_owned())
    );
    assert!(matches!(
        zone("z-a,x,z-b,\nz-b,x,z-a,\n"),
        CodesProblem::Tree(CodeTreeError::Circular { .. })
    ));
    assert!(matches!(
        zone("z-a,x,z-b,\n"),
        CodesProblem::Tree(CodeTreeError::UnknownParent { .. })
    ));
    assert_eq!(
        zone("高新区,x,42,\n"),
        CodesProblem::Region("高新区".to_owned(), RegionError)
    );
}

#[test]
fn the_built_in_tables_are_whole() {
    let codes = Codes::built_in().unwrap();
    // GB/T 4754-2017 has 20 sections and 97 divisions (DOMAIN.md 5.4).
    let of_level = |tree: &CodeTree, level| tree.iter().filter(|(_, n)| n.level == level).count();
    assert_eq!(of_level(codes.industries(), 1), 20);
    assert_eq!(of_level(codes.industries(), 2), 97);
    for (code, name) in [
        ("C13", "农副食品加工业"),
        ("I65", "软件和信息技术服务业"),
        ("K7010", "房地产开发经营"),
    ] {
        assert_eq!(codes.industries().name(code), Some(name));
    }
    // Places of DOMAIN.md 5.5.
    for (code, name) in [
        ("4206", "襄阳市"),
        ("420682", "老河口市"),
        ("421123", "罗田县"),
        ("360829", "安福县"),
        ("341182", "明光市"),
        ("420902", "孝南区"),
    ] {
        assert_eq!(codes.regions().name(code), Some(name));
    }
    let (city, zone) = (
        codes.region("3411").unwrap(),
        codes.region("341171").unwrap(),
    );
    assert!(codes.region_covers(city, zone) && codes.is_zone(zone));
    assert!(
        codes
            .region("429004")
            .is_ok_and(|city| codes.region_covers("42".parse().unwrap(), city))
    );
}
