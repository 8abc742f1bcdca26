//! Laws of exact arithmetic, checked against computations that share nothing with it.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{DivisionError, Number, NumberOverflow, NumberParseError, RoundingMode};

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

#[track_caller]
fn rounds(text: &str, scale: i32, mode: RoundingMode, expected: &str) {
    assert_eq!(
        number(text).round_to(scale, mode).unwrap().to_string(),
        expected
    );
}

#[test]
fn ties_go_where_the_mode_says() {
    use RoundingMode::*;
    // The table of the DMN standard for values around a tie, both signs.
    let rows: [(RoundingMode, [&str; 10]); 7] = [
        (Up, ["6", "3", "2", "2", "1", "-1", "-2", "-2", "-3", "-6"]),
        (
            Down,
            ["5", "2", "1", "1", "1", "-1", "-1", "-1", "-2", "-5"],
        ),
        (
            Ceiling,
            ["6", "3", "2", "2", "1", "-1", "-1", "-1", "-2", "-5"],
        ),
        (
            Floor,
            ["5", "2", "1", "1", "1", "-1", "-2", "-2", "-3", "-6"],
        ),
        (
            HalfUp,
            ["6", "3", "2", "1", "1", "-1", "-1", "-2", "-3", "-6"],
        ),
        (
            HalfDown,
            ["5", "2", "2", "1", "1", "-1", "-1", "-2", "-2", "-5"],
        ),
        (
            HalfEven,
            ["6", "2", "2", "1", "1", "-1", "-1", "-2", "-2", "-6"],
        ),
    ];
    let values = [
        "5.5", "2.5", "1.6", "1.1", "1.0", "-1.0", "-1.1", "-1.6", "-2.5", "-5.5",
    ];
    for (mode, expected) in rows {
        for (value, expected) in values.iter().zip(expected) {
            rounds(value, 0, mode, expected);
        }
    }
}

#[test]
fn scales_reach_from_thousands_to_fen() {
    rounds("123456.785", 2, RoundingMode::HalfUp, "123456.79");
    rounds("123456.785", -4, RoundingMode::Down, "120000");
    rounds("125000", -4, RoundingMode::HalfEven, "120000");
    rounds("125000", -4, RoundingMode::HalfUp, "130000");
    rounds("2/3", 20, RoundingMode::Down, "0.66666666666666666666");
    rounds("12", i32::MIN, RoundingMode::HalfUp, "0");
    rounds("0.5", i32::MAX, RoundingMode::HalfUp, "0.5");
    assert_eq!(
        number("12").round_to(i32::MIN, RoundingMode::Up),
        Err(NumberOverflow)
    );
    assert_eq!(
        number("1/3").round_to(i32::MAX, RoundingMode::Up),
        Err(NumberOverflow)
    );
}

#[test]
fn text_is_exact() {
    for (text, expected) in [
        ("1.50", "1.5"),
        ("-0.05", "-0.05"),
        (".5", "0.5"),
        ("+7", "7"),
        ("1.23e4", "12300"),
        ("5E-3", "0.005"),
        ("0e99999999999999999999", "0"),
        ("-0", "0"),
        ("6/4", "1.5"),
        ("-10/6", "-5/3"),
    ] {
        assert_eq!(number(text).to_string(), expected, "{text}");
    }
    for text in [
        "", "-", ".", "1.", "1,000", " 1", "1 ", "1e", "e5", "0x1", "1/-2", "１", "NaN", "1.2.3",
    ] {
        assert_eq!(
            text.parse::<Number>(),
            Err(NumberParseError::NotANumber),
            "{text:?}"
        );
    }
    assert_eq!("1/0".parse::<Number>(), Err(NumberParseError::ZeroDivision));
    let overflow = Err(NumberParseError::Overflow(NumberOverflow));
    assert_eq!("1e400".parse::<Number>(), overflow);
    assert_eq!("1e-400".parse::<Number>(), overflow);
    assert_eq!("9".repeat(2000).parse::<Number>(), overflow);
}

#[test]
fn the_size_limit_holds_for_every_operation() {
    let two = Number::from_i64(2);
    let large = two.pow_u32(1023).unwrap();
    assert_eq!(large.checked_mul(&two), Err(NumberOverflow));
    assert_eq!(large.checked_add(&large), Err(NumberOverflow));
    assert_eq!(large.neg().checked_sub(&large), Err(NumberOverflow));
    assert_eq!(two.pow_u32(1024), Err(NumberOverflow));
    assert_eq!(two.pow_u32(u32::MAX), Err(NumberOverflow));
    assert_eq!(
        Number::from_i64(-1).pow_u32(u32::MAX).unwrap(),
        Number::from_i64(-1)
    );
    let small = Number::one().checked_div(&large).unwrap();
    assert_eq!(
        small.checked_div(&two),
        Err(DivisionError::Overflow(NumberOverflow))
    );
    assert_eq!(small.to_string().parse::<Number>(), Ok(small.clone()));
    assert!(small < Number::one() && small > Number::zero() && small.neg() < small);
    assert_eq!(
        two.checked_div(&Number::zero()),
        Err(DivisionError::ZeroDivision)
    );
    assert_eq!(
        two.modulo(&Number::zero()),
        Err(DivisionError::ZeroDivision)
    );
}

#[test]
fn modulo_takes_the_sign_of_the_divisor() {
    // The examples of the FEEL specification.
    for (a, b, rest) in [
        ("12", "5", "2"),
        ("-12", "5", "3"),
        ("12", "-5", "-3"),
        ("-12", "-5", "-2"),
        ("10.1", "4.5", "1.1"),
        ("-10.1", "4.5", "3.4"),
        ("10.1", "-4.5", "-3.4"),
        ("-10.1", "-4.5", "-1.1"),
    ] {
        assert_eq!(
            number(a).modulo(&number(b)).unwrap(),
            number(rest),
            "{a} mod {b}"
        );
    }
}

/// Rounds `n / d` with machine integers only, by the definition of each mode.
fn round_i128(n: i128, d: i128, mode: RoundingMode) -> i128 {
    let toward_zero = n / d;
    let rest = n % d;
    if rest == 0 {
        return toward_zero;
    }
    let away = toward_zero + if (n < 0) == (d < 0) { 1 } else { -1 };
    let twice = 2 * rest.abs();
    let nearer = |tie: i128| match twice.cmp(&d.abs()) {
        std::cmp::Ordering::Less => toward_zero,
        std::cmp::Ordering::Equal => tie,
        std::cmp::Ordering::Greater => away,
    };
    match mode {
        RoundingMode::Down => toward_zero,
        RoundingMode::Up => away,
        RoundingMode::Floor => toward_zero.min(away),
        RoundingMode::Ceiling => toward_zero.max(away),
        RoundingMode::HalfUp => nearer(away),
        RoundingMode::HalfDown => nearer(toward_zero),
        RoundingMode::HalfEven => nearer(if away % 2 == 0 { away } else { toward_zero }),
    }
}

fn any_number() -> impl Strategy<Value = Number> {
    (
        any::<i64>(),
        prop_oneof![Just(1i64), Just(100), 1i64..1000, 1i64..i64::MAX],
    )
        .prop_map(|(n, d)| Number::from_ratio(n, d).unwrap())
}

proptest! {
    #[test]
    fn rounding_agrees_with_machine_integers(
        n in -100_000i64..100_000,
        d in 1i64..500,
        unit in 1i64..300,
        mode in prop::sample::select(&RoundingMode::ALL[..]),
    ) {
        let value = Number::from_ratio(n, d).unwrap();
        let expected = round_i128(i128::from(n), i128::from(d) * i128::from(unit), mode);
        prop_assert_eq!(
            value.round_to_multiple(&Number::from_i64(unit), mode).unwrap().to_i128(),
            Some(expected * i128::from(unit))
        );
        let cents = round_i128(i128::from(n) * 100, i128::from(d), mode);
        prop_assert_eq!(
            value.round_to(2, mode).unwrap(),
            Number::from_i128(cents).checked_div(&Number::from_i64(100)).unwrap()
        );
    }

    #[test]
    fn rounding_stays_within_one_step_and_is_idempotent(
        value in any_number(),
        scale in -20i32..20,
        mode in prop::sample::select(&RoundingMode::ALL[..]),
    ) {
        let rounded = value.round_to(scale, mode).unwrap();
        prop_assert_eq!(rounded.round_to(scale, mode).unwrap(), rounded.clone());
        let step = Number::parse_decimal(&format!("1e{}", -scale)).unwrap();
        prop_assert!(rounded.checked_sub(&value).unwrap().abs() < step);
    }

    #[test]
    fn decimals_agree(a in any::<i64>(), b in any::<i64>(), p in 0u32..5, q in 0u32..5) {
        let (x, y) = (Decimal::new(a, p), Decimal::new(b, q));
        let (u, v) = (Number::from_decimal(x), Number::from_decimal(y));
        prop_assert_eq!(u.cmp(&v), x.cmp(&y));
        prop_assert_eq!(u.checked_add(&v).unwrap(), Number::from_decimal(x + y));
        prop_assert_eq!(u.checked_sub(&v).unwrap(), Number::from_decimal(x - y));
        prop_assert_eq!(u.to_decimal(), Some(x));
        prop_assert_eq!(u.to_string(), x.normalize().to_string());
        let (s, t) = (Decimal::new(a >> 20, p), Decimal::new(b >> 20, q));
        prop_assert_eq!(
            Number::from_decimal(s).checked_mul(&Number::from_decimal(t)).unwrap(),
            Number::from_decimal(s * t)
        );
    }

    #[test]
    fn the_field_laws_hold(a in any_number(), b in any_number(), c in any_number()) {
        let sum = a.checked_add(&b).unwrap();
        prop_assert_eq!(&sum, &b.checked_add(&a).unwrap());
        prop_assert_eq!(&sum.checked_sub(&b).unwrap(), &a);
        prop_assert_eq!(
            sum.checked_mul(&c).unwrap(),
            a.checked_mul(&c).unwrap().checked_add(&b.checked_mul(&c).unwrap()).unwrap()
        );
        if !b.is_zero() {
            prop_assert_eq!(&a.checked_div(&b).unwrap().checked_mul(&b).unwrap(), &a);
            let rest = a.modulo(&b).unwrap();
            prop_assert!(rest.is_zero() || rest.sign() == b.sign());
            prop_assert!(rest.abs() < b.abs());
        }
        prop_assert_eq!(a.cmp(&b), a.checked_sub(&b).unwrap().sign());
    }

    #[test]
    fn text_and_back(value in any_number()) {
        prop_assert_eq!(value.to_string().parse::<Number>().unwrap(), value);
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,40}") {
        if let Ok(value) = text.parse::<Number>() {
            prop_assert_eq!(value.to_string().parse::<Number>().unwrap(), value);
        }
    }
}
