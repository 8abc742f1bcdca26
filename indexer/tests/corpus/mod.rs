//! A small library written by hand for the search tests: policies in the manner of real ones.
//! All names, numbers and amounts are invented.

use jiff::civil::{Date, date};
use zhida_indexer::{Delivery, Entry, Place, Subject};

/// The entries of one policy, built up line by line.
pub(crate) struct Policy {
    base: Entry,
    entries: Vec<Entry>,
}

impl Policy {
    /// A policy of a region, with its title and document number.
    pub(crate) fn new(
        id: &str,
        places: &[(&str, &str)],
        title: &str,
        number: &str,
        issuer: &str,
    ) -> Self {
        let place = |&(code, name): &(&str, &str)| Place {
            code: code.into(),
            name: name.into(),
        };
        let base = Entry {
            policy_id: id.into(),
            policy_title: title.into(),
            document_number: number.into(),
            issuer: issuer.into(),
            places: places.iter().map(place).collect(),
            effective: Some(date(2025, 1, 1)),
            file: format!("policies/{id}.md"),
            line: 1,
            ..Entry::default()
        };
        let entries = vec![base.clone()];
        Self { base, entries }
    }

    /// Topics, and the days between which it is in force.
    pub(crate) fn about(mut self, topics: &[&str], effective: Date, expires: Option<Date>) -> Self {
        for entry in self.entries.iter_mut().chain([&mut self.base]) {
            entry.topics = topics.iter().map(|&topic| topic.into()).collect();
            (entry.effective, entry.expires) = (Some(effective), expires);
        }
        self
    }

    /// One more article.
    pub(crate) fn article(mut self, label: &str, heading: &str, text: &str) -> Self {
        let subject = Subject::Article {
            label: label.into(),
            heading: heading.into(),
        };
        self.push(subject, text, None);
        self
    }

    /// One more measure, under the last article.
    pub(crate) fn measure(mut self, id: &str, name: &str, delivery: Delivery) -> Self {
        let last = self.entries.last().unwrap().clone();
        let article = match &last.subject {
            Subject::Article { label, .. } => label.clone(),
            Subject::Measure { article, .. } => article.clone(),
            Subject::Policy => String::new(),
        };
        let subject = Subject::Measure {
            article,
            id: id.into(),
            name: name.into(),
        };
        self.push(subject, &last.text, Some(delivery));
        self
    }

    /// The entries.
    pub(crate) fn entries(self) -> Vec<Entry> {
        self.entries
    }

    fn push(&mut self, subject: Subject, text: &str, delivery: Option<Delivery>) {
        let line = 10 * u32::try_from(self.entries.len()).unwrap();
        let text = text.to_owned();
        self.entries.push(Entry {
            subject,
            text,
            delivery,
            line,
            ..self.base.clone()
        });
    }
}

const HUBEI: (&str, &str) = ("42", "湖北省");
const XIANGYANG: (&str, &str) = ("4206", "襄阳市");
const HUANGGANG: (&str, &str) = ("4211", "黄冈市");

/// The whole library.
pub(crate) fn library() -> Vec<Entry> {
    let mut all = cities();
    all.extend(counties());
    all.extend(province());
    all.extend(national_and_others());
    all.into_iter().flat_map(Policy::entries).collect()
}

fn cities() -> Vec<Policy> {
    use Delivery::{Application, Instant, NoApplication};
    vec![
        Policy::new(
            "xiangyang-industry-2025",
            &[HUBEI, XIANGYANG],
            "襄阳市工业稳增长若干措施",
            "襄政办发〔2025〕12号",
            "襄阳市人民政府办公室",
        )
        .about(&["工业", "稳增长"], date(2025, 1, 1), Some(date(2025, 12, 31)))
        .article(
            "第八条",
            "增长奖励",
            "年营业收入1亿元以上的规上企业,增速10%以上不满20%的奖励20万元,20%以上不满30%的奖励50万元,\
             30%以上的奖励100万元。上年没有营业收入的企业不适用本条。",
        )
        .measure("growth-award", "规上企业增长奖励", NoApplication)
        .article(
            "第九条",
            "技术改造",
            "设备投资500万元以上的技术改造项目,按设备投资额的8%补助,单个项目最高300万元。",
        )
        .measure("renovation-grant", "技改设备补助", Application),
        Policy::new(
            "xiangyang-specialised-2024",
            &[HUBEI, XIANGYANG],
            "襄阳市支持专精特新企业高质量发展办法",
            "襄政规〔2024〕3号",
            "襄阳市经济和信息化局",
        )
        .about(&["专精特新", "中小企业"], date(2024, 6, 1), Some(date(2027, 5, 31)))
        .article(
            "第三条",
            "认定奖励",
            "首次认定为国家级专精特新小巨人的企业奖励50万元,省级专精特新中小企业奖励20万元。",
        )
        .measure("little-giant-award", "专精特新小巨人认定奖励", NoApplication)
        .measure("specialised-award", "省级专精特新中小企业奖励", NoApplication)
        .article("第四条", "单项冠军", "认定为国家制造业单项冠军的企业,一次性奖励100万元。")
        .measure("champion-award", "制造业单项冠军奖励", Instant),
        Policy::new(
            "huanggang-tech-2025",
            &[HUBEI, HUANGGANG],
            "黄冈市促进科技创新若干政策",
            "黄政发〔2025〕7号",
            "黄冈市科学技术局",
        )
        .about(&["科技", "创新"], date(2025, 3, 1), None)
        .article(
            "第一条",
            "培育高新技术企业",
            "首次通过认定的高新技术企业奖励20万元,重新认定的奖励10万元。",
        )
        .measure("hightech-award", "高新技术企业认定奖励", NoApplication)
        .article(
            "第二条",
            "研发投入补助",
            "上年度研究开发费用占营业收入5%以上的企业,按研究开发费用增量的10%补助。",
        )
        .measure("research-grant", "研发投入增量补助", Application),
    ]
}

fn counties() -> Vec<Policy> {
    use Delivery::{Application, Instant, NoApplication};
    let luotian = ("421123", "罗田县");
    let macheng = ("421181", "麻城市");
    let qichun = ("421126", "蕲春县");
    let xiaonan = ("420902", "孝南区");
    vec![
        Policy::new(
            "luotian-turnover-2024",
            &[HUBEI, HUANGGANG, luotian],
            "罗田县四上企业奖励实施细则",
            "罗政办规〔2024〕5号",
            "罗田县人民政府办公室",
        )
        .about(&["四上企业"], date(2024, 1, 1), None)
        .article("第二条", "新增入库", "首次纳入规模以上统计的工业企业,一次性奖励10万元。")
        .measure("listing-award", "新增规模以上工业企业奖励", NoApplication),
        Policy::new(
            "macheng-stone-2025",
            &[HUBEI, HUANGGANG, macheng],
            "麻城市石材产业绿色转型奖补办法",
            "麻政规〔2025〕2号",
            "麻城市人民政府",
        )
        .about(&["绿色发展"], date(2025, 5, 1), None)
        .article("第六条", "节水改造", "石材企业实施循环用水改造的,按投资额的15%给予奖补。")
        .measure("water-grant", "循环用水改造奖补", Application),
        Policy::new(
            "qichun-mugwort-2025",
            &[HUBEI, HUANGGANG, qichun],
            "蕲春县蕲艾产业链扶持政策",
            "蕲政发〔2025〕9号",
            "蕲春县人民政府",
        )
        .about(&["农业", "蕲艾"], date(2025, 1, 1), None)
        .article("第一条", "种植补贴", "种植蕲艾50亩以上的专业合作社,每亩补贴200元。")
        .measure("planting-subsidy", "蕲艾种植补贴", Instant),
        Policy::new(
            "xiaonan-fast-2024",
            &[HUBEI, ("4209", "孝感市"), xiaonan],
            "孝南区惠企政策免申快享事项清单",
            "孝南政办函〔2024〕21号",
            "孝南区人民政府办公室",
        )
        .about(&["营商环境"], date(2024, 4, 1), None)
        .article("一", "总则", "清单内的事项不用企业申请,部门比对数据后直接兑现。")
        .measure("rent-relief", "厂房租金减免", NoApplication),
        Policy::new(
            "xiangyang-zone-equipment",
            &[HUBEI, XIANGYANG, ("420671", "襄阳高新技术产业开发区")],
            "襄阳高新区首台(套)重大技术装备支持办法",
            "襄高管发〔2025〕4号",
            "襄阳高新区管委会",
        )
        .about(&["装备制造"], date(2025, 1, 1), None)
        .article(
            "第五条",
            "首台(套)奖励",
            "经省级认定的首台（套）产品,研制单位按售价的15%奖励,最高500万元。使用单位投保首台(套)保险的,\
             按年度保费的80%补贴。",
        )
        .measure("first-set-award", "首台(套)研制奖励", Application)
        .measure("first-set-insurance", "首台(套)保险补贴", Application),
    ]
}

fn province() -> Vec<Policy> {
    use Delivery::{Application, Instant, NoApplication};
    vec![
        Policy::new(
            "hubei-jobs-2025",
            &[HUBEI],
            "湖北省稳就业若干措施",
            "鄂政办发〔2025〕18号",
            "湖北省人力资源和社会保障厅",
        )
        .about(&["就业", "社保"], date(2025, 1, 1), Some(date(2025, 12, 31)))
        .article(
            "一",
            "失业保险稳岗返还",
            "不裁员或少裁员的参保企业,中小微企业按上年度实缴失业保险费的60%返还,大型企业按30%返还。",
        )
        .measure("stable-jobs-refund", "失业保险稳岗返还", NoApplication)
        .article(
            "二",
            "一次性扩岗补助",
            "企业招用毕业年度高校毕业生并缴纳社会保险的,按每人1500元发放一次性扩岗补助。",
        )
        .measure("new-jobs-subsidy", "一次性扩岗补助", NoApplication)
        .article("三", "创业担保贷款贴息", "小微企业创业担保贷款最高600万元,财政贴息50%。")
        .measure("startup-loan-interest", "创业担保贷款贴息", Instant),
        Policy::new(
            "hubei-export-2023",
            &[HUBEI],
            "湖北省外贸促进办法",
            "鄂商务发〔2023〕33号",
            "湖北省商务厅",
        )
        .about(&["外贸"], date(2023, 1, 1), Some(date(2023, 12, 31)))
        .article("第四条", "出口信用保险", "投保出口信用保险的企业,按保费的50%补贴。")
        .measure("export-insurance", "出口信用保险保费补贴", Application),
    ]
}

fn national_and_others() -> Vec<Policy> {
    use Delivery::{Application, Instant};
    vec![
        Policy::new(
            "national-size-classes",
            &[],
            "统计上大中小微型企业划分办法",
            "国统字〔2017〕213号",
            "国家统计局",
        )
        .about(&["统计"], date(2017, 12, 28), None)
        .article(
            "四",
            "划型标准",
            "工业企业从业人员1000人以下或营业收入40000万元以下的为中小微型企业。",
        ),
        Policy::new(
            "national-debts",
            &[],
            "保障中小企业款项支付条例",
            "国务院令第802号",
            "国务院",
        )
        .about(&["中小企业"], date(2025, 6, 1), None)
        .article(
            "第九条",
            "付款期限",
            "机关、事业单位从中小企业采购货物,应当自交付之日起30日内支付款项。",
        ),
        Policy::new(
            "anfu-guide-2025",
            &[("36", "江西省"), ("3608", "吉安市"), ("360829", "安福县")],
            "安福县惠企政策兑现管理办法",
            "安府办字〔2025〕16号",
            "安福县人民政府办公室",
        )
        .about(&["营商环境"], date(2025, 2, 1), None)
        .article(
            "第七条",
            "兑现方式",
            "资金类政策实行免申即享和即申即享,每月集中兑现一次。",
        )
        .measure("monthly-payment", "惠企资金按月兑现", Instant),
        Policy::new(
            "mingguang-listing-2025",
            &[("34", "安徽省"), ("3411", "滁州市"), ("341182", "明光市")],
            "明光市推进企业上市挂牌若干意见",
            "明政〔2025〕11号",
            "明光市人民政府",
        )
        .about(&["金融", "上市"], date(2025, 1, 1), None)
        .article(
            "第三条",
            "上市奖励",
            "在沪深北交易所首发上市的企业,分阶段奖励共500万元。",
        )
        .measure("listing-stages", "企业上市分阶段奖励", Application),
    ]
}
