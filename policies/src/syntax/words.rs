//! The words of the notation: one table of Chinese and English spellings, and the closed sets of
//! choices that they name.

/// How a measure reaches the enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delivery {
    /// `免申即享`: computed and paid with no application.
    NoApplication,
    /// `即申即享`: computed, paid after one confirming click.
    Instant,
    /// `申报`: matched and notified only; a person decides.
    Application,
}

/// What the award period of a measure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cadence {
    /// `每年`
    Yearly,
    /// `每季度`
    Quarterly,
    /// `每月`
    Monthly,
    /// `一次性`: once per enterprise for the life of the measure.
    Once,
    /// `每N年`: once in N consecutive years, N at least 2.
    EveryYears(u8),
}

/// The unit that an award is rounded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AwardUnit {
    /// `分`
    Fen,
    /// `角`
    Jiao,
    /// `元`
    Yuan,
    /// `十元`
    TenYuan,
    /// `百元`
    HundredYuan,
    /// `千元`
    ThousandYuan,
    /// `万元`
    TenThousandYuan,
}

impl AwardUnit {
    /// The unit in fen.
    #[must_use]
    pub fn fen(self) -> i64 {
        match self {
            Self::Fen => 1,
            Self::Jiao => 10,
            Self::Yuan => 100,
            Self::TenYuan => 1_000,
            Self::HundredYuan => 10_000,
            Self::ThousandYuan => 100_000,
            Self::TenThousandYuan => 1_000_000,
        }
    }
}

/// How an award is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoundingWord {
    /// `四舍五入`
    HalfUp,
    /// `舍去`
    Down,
    /// `进位`
    Up,
}

/// What happens when the last of the limited places is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ties {
    /// `并列同享`
    Share,
    /// `并列从严`
    Miss,
}

/// A type as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeWord {
    /// `金额`
    Money,
    /// `数`
    Number,
    /// `布尔`
    Boolean,
    /// `日期`
    Date,
    /// `文本`
    Text,
}

/// How the matching rows of a decision table make one result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HitPolicy {
    /// `唯一`: at most one row matches.
    Unique,
    /// `首个`: the first row that matches.
    First,
    /// `任一`: all rows that match agree.
    Any,
    /// `优先`: the result that stands first in the order given.
    Priority,
    /// `合计`
    Sum,
    /// `最大`
    Max,
    /// `最小`
    Min,
    /// `计数`
    Count,
    /// `收集`: all results, in the order of the rows.
    Collect,
    /// `依序`: all results, in the order given.
    OutputOrder,
}

/// The operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BinaryOperator {
    /// `或`
    Or,
    /// `且`
    And,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `包含`
    Contains,
    /// `开头是`
    StartsWith,
}

/// The functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// `最小 min`
    Min,
    /// `最大 max`
    Max,
    /// `合计 sum`
    Sum,
    /// `计数 count`
    Count,
    /// `平均 mean`
    Mean,
    /// `中位数 median`
    Median,
    /// `众数 mode`
    Mode,
    /// `连乘 product`
    Product,
    /// `存在 any`
    Any,
    /// `全部 all`
    All,
    /// `绝对值 abs`
    Absolute,
    /// `取余 modulo`
    Modulo,
    /// `向下取整 floor`
    Floor,
    /// `向上取整 ceiling`
    Ceiling,
    /// `decimal`: rounds half to even, as FEEL does.
    Decimal,
    /// `四舍五入 "round half up"`
    RoundHalfUp,
    /// `五舍六入 "round half down"`
    RoundHalfDown,
    /// `进位 "round up"`
    RoundUp,
    /// `舍去 "round down"`
    RoundDown,
    /// `偶数 even`
    Even,
    /// `奇数 odd`
    Odd,
    /// `缺失 missing`
    Missing,
    /// `结尾是 "ends with"`
    EndsWith,
    /// `含有 contains`, the function form for texts.
    Contains,
    /// `起头 "starts with"`, the function form.
    StartsWith,
    /// `字数 "string length"`
    StringLength,
    /// `截取 substring`
    Substring,
    /// `之前 "substring before"`
    SubstringBefore,
    /// `之后 "substring after"`
    SubstringAfter,
    /// `大写 "upper case"`
    UpperCase,
    /// `小写 "lower case"`
    LowerCase,
    /// `连接 "string join"`
    StringJoin,
    /// `转文本 string`
    String,
    /// `转数 number`
    Number,
    /// `日期 date`
    Date,
    /// `年份 year`
    Year,
    /// `月份 month`
    Month,
    /// `日 day`
    Day,
    /// `年内天数 "day of year"`
    DayOfYear,
    /// `年内周数 "week of year"`
    WeekOfYear,
    /// `同为 is`
    Is,
    /// `复合增速不低于 compound-growth-at-least`
    CompoundGrowthAtLeast,
}
