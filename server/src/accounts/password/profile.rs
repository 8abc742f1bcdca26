//! What a new password must be like.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::accounts::password::frequent;
use crate::accounts::settings::DAY;

/// Which rules passwords follow.
///
/// # Source
/// GB/T 22239-2019 8.1.4.1 a asks for complexity and regular change; ASVS 5.0 6.2.5 and 6.2.10
/// forbid both and ask for length. An installation chooses; both look at the lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Profile {
    /// 等保三级: at least ten letters of three classes, changed every ninety days, none of the last
    /// five again.
    #[default]
    #[serde(rename = "等保三级")]
    LevelThree,
    /// ASVS: at least fifteen letters of any kind, changed when there is a reason.
    #[serde(rename = "ASVS")]
    Asvs,
}

/// The longest password in letters: far more than the 64 that must be allowed.
const LETTERS_MAX: usize = 256;
/// How often one letter may stand in a row.
const SAME_IN_ROW_MAX: usize = 4;

/// Words of which a password must not be made, because whoever guesses begins with them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// The name of the account.
    pub(crate) account: String,
    /// The name of the person.
    pub(crate) person: String,
    /// The name of the bureau.
    pub(crate) bureau: String,
}

/// Words of the field that everybody here thinks of, in Chinese and as they are typed.
const FIELD_WORDS: [&str; 14] = [
    "财政",
    "惠企",
    "直达",
    "免申即享",
    "补贴",
    "caizheng",
    "huiqi",
    "zhida",
    "mianshen",
    "butie",
    "finance",
    "subsidy",
    "mima",
    "denglu",
];

/// What is wrong with a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PasswordFault {
    /// Too short.
    Short {
        /// The fewest letters.
        least: usize,
        /// How many there are.
        found: usize,
    },
    /// Too long.
    Long {
        /// The most letters.
        most: usize,
    },
    /// Too few of capitals, small letters, digits and other signs.
    Plain {
        /// How many kinds there must be.
        least: usize,
        /// How many there are.
        found: usize,
    },
    /// It is a password that everybody guesses first.
    Common,
    /// It is made of a word that everybody here thinks of.
    Word(String),
    /// One letter too often in a row.
    Repeats,
    /// It was used here before.
    Used {
        /// How many of the last ones cannot be used again.
        last: usize,
    },
}

impl std::fmt::Display for PasswordFault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Short { least, found } => {
                write!(formatter, "至少 {least} 个字符,现在是 {found} 个")
            }
            Self::Long { most } => write!(formatter, "最多 {most} 个字符"),
            Self::Plain { least, found } => write!(
                formatter,
                "大写、小写、数字、其他符号中至少要有 {least} 类,现在是 {found} 类"
            ),
            Self::Common => formatter.write_str("是常见的或已经泄露过的密码"),
            Self::Word(word) => write!(formatter, "含有容易猜到的“{word}”"),
            Self::Repeats => write!(formatter, "同一个字符连续出现超过 {SAME_IN_ROW_MAX} 次"),
            Self::Used { last } => write!(formatter, "与最近 {last} 个密码中的一个相同"),
        }
    }
}

impl PasswordFault {
    /// All of them in one sentence.
    pub(crate) fn list(faults: &[Self]) -> String {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join(";")
    }
}

impl Profile {
    /// What people call it.
    pub(crate) const fn chinese(self) -> &'static str {
        match self {
            Self::LevelThree => "等保三级",
            Self::Asvs => "ASVS",
        }
    }

    /// The fewest letters.
    pub(crate) const fn letters_min(self) -> usize {
        match self {
            Self::LevelThree => 10,
            Self::Asvs => 15,
        }
    }

    /// How many of capitals, small letters, digits and other signs there must be.
    pub(crate) const fn classes_min(self) -> usize {
        match self {
            Self::LevelThree => 3,
            Self::Asvs => 1,
        }
    }

    /// How many of the last passwords cannot be used again.
    pub(crate) const fn history(self) -> usize {
        match self {
            Self::LevelThree => 5,
            Self::Asvs => 1,
        }
    }

    /// After how long a password must be changed, in microseconds.
    pub(crate) const fn age_max(self) -> Option<i64> {
        match self {
            Self::LevelThree => Some(90 * DAY),
            Self::Asvs => None,
        }
    }

    /// The rules in words, for whoever chooses a password.
    pub(crate) fn rules(self) -> Vec<String> {
        let mut rules = vec![format!(
            "至少 {} 个字符,最多 {LETTERS_MAX} 个,可以用空格和汉字",
            self.letters_min()
        )];
        if self.classes_min() > 1 {
            rules.push(format!(
                "大写字母、小写字母、数字、其他符号(含汉字)中至少 {} 类",
                self.classes_min()
            ));
        }
        rules.push(
            "不能是常见的或已经泄露过的密码,不能含有单位名、姓名、账号或“财政”等词".to_owned(),
        );
        rules.push(format!("不能与最近 {} 个密码相同", self.history()));
        if let Some(age) = self.age_max() {
            rules.push(format!("每 {} 天更换一次", age / DAY));
        }
        rules
    }

    /// Everything that is wrong with a new password, its history apart.
    pub(crate) fn faults(self, password: &str, context: &Context) -> Vec<PasswordFault> {
        let mut faults = Vec::new();
        let found = password.chars().count();
        let least = self.letters_min();
        if found < least {
            faults.push(PasswordFault::Short { least, found });
        }
        if found > LETTERS_MAX {
            faults.push(PasswordFault::Long { most: LETTERS_MAX });
        }
        let (least, found) = (self.classes_min(), classes(password));
        if found < least {
            faults.push(PasswordFault::Plain { least, found });
        }
        if frequent::is_common(password) {
            faults.push(PasswordFault::Common);
        }
        if let Some(word) = context.word_in(password) {
            faults.push(PasswordFault::Word(word));
        }
        if repeats(password) {
            faults.push(PasswordFault::Repeats);
        }
        faults
    }
}

/// A password as it is hashed: the same however a keyboard composed its letters.
pub(super) fn normal(password: &str) -> String {
    password.nfkc().collect()
}

/// How many of capitals, small letters, digits and other signs there are.
fn classes(password: &str) -> usize {
    let is: [fn(char) -> bool; 4] = [
        char::is_uppercase,
        char::is_lowercase,
        |letter| letter.is_ascii_digit(),
        |letter| !letter.is_uppercase() && !letter.is_lowercase() && !letter.is_ascii_digit(),
    ];
    is.iter().filter(|is| password.chars().any(is)).count()
}

fn repeats(password: &str) -> bool {
    let (mut last, mut times) = (None, 0usize);
    password.chars().any(|letter| {
        times = if last == Some(letter) {
            times.saturating_add(1)
        } else {
            1
        };
        last = Some(letter);
        times > SAME_IN_ROW_MAX
    })
}

impl Context {
    /// The first word of the context, or of the field, that stands in a password.
    ///
    /// # Shape
    /// Chinese words count from two letters, others from four: a shorter one stands everywhere.
    fn word_in(&self, password: &str) -> Option<String> {
        let password = password.to_lowercase();
        let own = [self.account.as_str(), &self.person, &self.bureau];
        let words = own.into_iter().chain(FIELD_WORDS);
        let mut words = words.map(|word| word.trim().to_lowercase());
        words.find(|word| {
            let least = if word.is_ascii() { 4 } else { 2 };
            word.chars().count() >= least && password.contains(word.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        Context {
            account: "jingban".to_owned(),
            person: "王经办".to_owned(),
            bureau: "示例市财政局".to_owned(),
        }
    }

    #[track_caller]
    fn check(profile: Profile, password: &str, expected: &[PasswordFault]) {
        assert_eq!(profile.faults(password, &context()), expected, "{password}");
    }

    #[test]
    fn level_three_asks_for_length_and_classes() {
        let profile = Profile::LevelThree;
        check(profile, "Tb7-mqvxRu", &[]);
        let short = PasswordFault::Short {
            least: 10,
            found: 9,
        };
        check(profile, "Tb7-mqvxR", std::slice::from_ref(&short));
        let plain = |found| PasswordFault::Plain { least: 3, found };
        check(profile, "tbmqvxruoli", &[plain(1)]);
        check(profile, "tb7mqvxruoli", &[plain(2)]);
        check(profile, "tb7mqvxruol湖", &[]);
        check(
            profile,
            "",
            &[
                PasswordFault::Short {
                    least: 10,
                    found: 0,
                },
                plain(0),
            ],
        );
    }

    #[test]
    fn asvs_asks_for_length_alone() {
        let profile = Profile::Asvs;
        check(profile, "tbmqvx ruoli hu", &[]);
        let short = PasswordFault::Short {
            least: 15,
            found: 14,
        };
        check(profile, "tbmqvx ruoli h", &[short]);
        check(
            profile,
            "湖光山色共一楼湖上楼台空月明",
            &[PasswordFault::Short {
                least: 15,
                found: 14,
            }],
        );
    }

    #[test]
    fn sixty_four_letters_and_more_are_allowed() {
        let long: String = ('a'..='z').cycle().take(200).collect();
        for profile in [Profile::LevelThree, Profile::Asvs] {
            check(profile, &format!("A1{long}"), &[]);
            let longest: String = ('a'..='z').cycle().take(254).collect();
            check(profile, &format!("A1{longest}"), &[]);
            let most = PasswordFault::Long { most: 256 };
            check(profile, &format!("A12{longest}"), &[most]);
        }
    }

    #[test]
    fn words_of_the_place_are_refused() {
        let word = |word: &str| vec![PasswordFault::Word(word.to_owned())];
        let profile = Profile::LevelThree;
        for (password, found) in [
            ("JingBan-7715x", "jingban"),
            ("示例市财政局-77Ab", "示例市财政局"),
            ("王经办-7715xA", "王经办"),
            ("我爱财政Ab7715", "财政"),
            ("Zhida-7715-qx", "zhida"),
        ] {
            check(profile, password, &word(found));
        }
    }

    #[test]
    fn common_and_repeating_ones_are_refused() {
        check(
            Profile::LevelThree,
            "P@ssw0rd2026",
            &[PasswordFault::Common],
        );
        check(Profile::LevelThree, "Tb7-mmmmqvx", &[]);
        check(
            Profile::LevelThree,
            "Tb7-mmmmmqvx",
            &[PasswordFault::Repeats],
        );
    }

    #[test]
    fn one_password_has_one_form() {
        // Ä as one letter and as two, full-width letters as a Chinese keyboard gives them.
        assert_eq!(normal("\u{c4}"), normal("A\u{308}"));
        assert_eq!(normal("Ab1"), "Ab1");
    }
}
