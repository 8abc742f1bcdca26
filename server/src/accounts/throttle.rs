//! How often somebody may try.
//!
//! # Shape
//! Each bucket holds a few tries and fills again over time. What strangers try at one account and
//! what is tried from devices that signed in to it before have buckets of their own, so that
//! nobody can lock the owner out by guessing; both together let no more than twenty tries in any
//! hour through to the hash. A name that nobody has is treated like one that somebody has.

use sha2::{Digest, Sha256};
use zhida_engine::payouts::Moment;

use crate::accounts::settings::{HOUR, MINUTE};
use crate::store::StoreError;
use crate::store::database::{Transaction, Value};
use crate::store::encoding::hex;

/// What is tried, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket<'a> {
    /// Passwords of an account, by strangers.
    Account(&'a str),
    /// Passwords of an account, from a device that signed in to it before.
    Familiar(&'a str),
    /// Anything that failed, from one address.
    Address(&'a str),
    /// Those of one address who are on the way to an identity service.
    #[cfg(feature = "openid")]
    Visit(&'a str),
    /// Codes of the second factor of an account.
    Factor(&'a str),
    /// The current password, by somebody who is signed in.
    Change(&'a str),
}

/// How many tries there are at once, and how many more in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rate {
    at_once: i64,
    an_hour: i64,
}

impl Rate {
    /// How long it takes until one more try is there.
    fn period(self) -> i64 {
        HOUR.checked_div(self.an_hour).unwrap_or(HOUR)
    }
}

impl Bucket<'_> {
    /// Five and five make ten in any hour, for strangers and for familiar devices: twenty in all.
    fn rate(self) -> Rate {
        match self {
            Self::Account(_) | Self::Familiar(_) | Self::Factor(_) | Self::Change(_) => Rate {
                at_once: 5,
                an_hour: 5,
            },
            // Many officials sit behind one address; only failures count.
            Self::Address(_) => Rate {
                at_once: 50,
                an_hour: 100,
            },
            // Whoever is on the way has not failed, and gives his place back when he comes again:
            // the whole of an office in the morning, behind one address.
            #[cfg(feature = "openid")]
            Self::Visit(_) => Rate {
                at_once: 500,
                an_hour: 1_000,
            },
        }
    }

    /// The name in the table: what people type may be anything, so it is hashed.
    fn name(self) -> String {
        let (kind, of) = match self {
            Self::Account(of) => ("account", of),
            Self::Familiar(of) => ("familiar", of),
            Self::Address(of) => ("address", of),
            #[cfg(feature = "openid")]
            Self::Visit(of) => ("visit", of),
            Self::Factor(of) => ("factor", of),
            Self::Change(of) => ("change", of),
        };
        let digest = hex(&Sha256::digest(of.as_bytes()));
        format!("{kind}:{digest}")
    }
}

/// Whether a try is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Yes, and more after it.
    More,
    /// Yes, the last one for a while.
    Last,
    /// No; so many minutes from now.
    None {
        /// Rounded up.
        minutes: i64,
    },
}

/// The address as it counts: one network of IPv6 belongs to one subscriber.
pub(crate) fn network(address: &str) -> String {
    match address.parse() {
        Ok(std::net::IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        Ok(std::net::IpAddr::V4(_)) | Err(_) => address.to_owned(),
    }
}

/// Looks whether a try is left, and takes none.
///
/// # Errors
/// What the database says.
pub(crate) async fn look(
    transaction: &mut Transaction,
    bucket: Bucket<'_>,
    now: Moment,
) -> Result<Left, StoreError> {
    let full_at = full_at(transaction, bucket, now).await?;
    Ok(left(bucket.rate(), full_at, now))
}

/// Takes a try, where one is left.
///
/// # Errors
/// What the database says.
pub(crate) async fn take(
    transaction: &mut Transaction,
    bucket: Bucket<'_>,
    now: Moment,
) -> Result<Left, StoreError> {
    let rate = bucket.rate();
    let before = full_at(transaction, bucket, now).await?;
    let left = left(rate, before, now);
    if !matches!(left, Left::None { .. }) {
        let after = before.saturating_add(rate.period());
        put(transaction, bucket, after).await?;
    }
    Ok(left)
}

/// Gives back a try that turned out to be right.
///
/// # Errors
/// What the database says.
pub(crate) async fn give_back(
    transaction: &mut Transaction,
    bucket: Bucket<'_>,
    now: Moment,
) -> Result<(), StoreError> {
    let before = full_at(transaction, bucket, now).await?;
    let after = before.saturating_sub(bucket.rate().period()).max(now.0);
    put(transaction, bucket, after).await
}

/// Forgets the buckets that are full again.
///
/// # Errors
/// What the database says.
pub(crate) async fn tidy(transaction: &mut Transaction, now: Moment) -> Result<(), StoreError> {
    let delete = "DELETE FROM account_throttles WHERE full_at <= $1";
    transaction.execute(delete, &[now.0.into()]).await?;
    Ok(())
}

/// When the bucket will be full; never further away than an empty one needs, whatever the clock
/// did.
async fn full_at(
    transaction: &mut Transaction,
    bucket: Bucket<'_>,
    now: Moment,
) -> Result<i64, StoreError> {
    let query = "SELECT full_at FROM account_throttles WHERE bucket = $1";
    let row = transaction
        .fetch_one(query, &[bucket.name().into()])
        .await?;
    let full_at = row.map(|row| row.int("full_at")).transpose()?;
    let rate = bucket.rate();
    let latest = now
        .0
        .saturating_add(rate.period().saturating_mul(rate.at_once));
    Ok(full_at.unwrap_or(now.0).clamp(now.0, latest))
}

fn left(rate: Rate, full_at: i64, now: Moment) -> Left {
    let missing = full_at.saturating_sub(now.0);
    let period = rate.period();
    let most = period.saturating_mul(rate.at_once.saturating_sub(1));
    let over = missing.saturating_sub(most);
    if over > 0 {
        let minutes = over.saturating_add(MINUTE - 1) / MINUTE;
        return Left::None { minutes };
    }
    if missing.saturating_add(period) > most {
        Left::Last
    } else {
        Left::More
    }
}

async fn put(
    transaction: &mut Transaction,
    bucket: Bucket<'_>,
    full_at: i64,
) -> Result<(), StoreError> {
    let upsert = "INSERT INTO account_throttles (bucket, full_at) VALUES ($1, $2) \
         ON CONFLICT (bucket) DO UPDATE SET full_at = excluded.full_at";
    let values: [Value; 2] = [bucket.name().into(), full_at.into()];
    transaction.execute(upsert, &values).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most tries that any hour lets through, tried every second for some hours.
    #[test]
    fn no_hour_lets_more_than_ten_through() {
        let rate = Bucket::Account("x").rate();
        let second = 1_000_000;
        let (mut full_at, mut taken) = (0i64, Vec::new());
        for at in (0..4 * HOUR).step_by(second) {
            let now = Moment(at);
            full_at = full_at.max(at);
            if !matches!(left(rate, full_at, now), Left::None { .. }) {
                full_at += rate.period();
                taken.push(at);
            }
        }
        let in_hour = |from: i64| {
            taken
                .iter()
                .filter(|at| (from..from + HOUR).contains(*at))
                .count()
        };
        let most = taken.iter().map(|from| in_hour(*from)).max();
        assert!((9..=10).contains(&most.unwrap()), "{most:?}");
        assert_eq!(taken.iter().filter(|at| **at < 5 * 1_000_000).count(), 5);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        for (address, counted) in [
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("本机", "本机"),
        ] {
            assert_eq!(network(address), counted);
        }
    }
}
