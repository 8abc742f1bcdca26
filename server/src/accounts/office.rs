//! Where bureaus stand: the table of offices.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use zhida_engine::payouts::{BureauId, Moment, Role};
use zhida_policies::values::Region;

use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::refusal::{AccountError, AccountRefusal};
use crate::accounts::scope::Office;
use crate::accounts::{Accounts, By};
use crate::store::database::{Row, Transaction};
use crate::store::settings;
use crate::store::{Store, StoreError};

/// The setting that grows with each change of an office.
const VERSION: &str = "accounts.offices";

/// All offices by bureau.
pub(crate) type ByBureau = Arc<BTreeMap<BureauId, Office>>;

/// The offices as they were read last: they change seldom, and every request asks for them.
#[derive(Debug, Default)]
pub(crate) struct Offices(Mutex<Option<(String, ByBureau)>>);

impl Offices {
    /// All offices, read anew where they changed.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn all(&self, transaction: &mut Transaction) -> Result<ByBureau, StoreError> {
        let version = settings::find(transaction, VERSION)
            .await?
            .unwrap_or_default();
        let kept = self.0.lock().ok().and_then(|kept| kept.clone());
        if let Some((_, offices)) = kept.filter(|(of, _)| *of == version) {
            return Ok(offices);
        }
        let query = "SELECT bureau, region, department, is_finance FROM offices ORDER BY bureau";
        let rows = transaction.fetch(query, &[]).await?;
        let offices = rows.iter().map(|row| {
            let office = from_row(row)?;
            Ok((office.bureau.clone(), office))
        });
        let offices: ByBureau = Arc::new(offices.collect::<Result<_, StoreError>>()?);
        if let Ok(mut kept) = self.0.lock() {
            *kept = Some((version, Arc::clone(&offices)));
        }
        Ok(offices)
    }
}

fn from_row(row: &Row) -> Result<Office, StoreError> {
    let region = row.text("region")?;
    let unknown = |_| StoreError::Integrity(format!("表 offices 里的地区“{region}”无法识别"));
    Ok(Office {
        bureau: BureauId::new(row.text("bureau")?),
        region: region.parse::<Region>().map_err(unknown)?,
        department: row.text("department")?.to_owned(),
        is_finance: row.int("is_finance")? != 0,
    })
}

/// All offices by bureau, for whoever has the store and no sign-in.
///
/// # Errors
/// What the database says.
pub(crate) async fn offices_of(store: &Store) -> Result<ByBureau, StoreError> {
    let mut transaction = store.database.read().await?;
    let all = Offices::default().all(&mut transaction).await;
    transaction.rollback().await;
    all
}

impl Accounts {
    /// All offices by bureau.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn offices(&self) -> Result<ByBureau, StoreError> {
        in_read!(self, async |transaction| self
            .0
            .offices
            .all(transaction)
            .await)
    }

    /// Sets where a bureau stands.
    ///
    /// # Errors
    /// [`AccountRefusal::NotTheRole`] for all but a system administrator;
    /// [`AccountRefusal::NoSuchThing`] for a region that the code table does not have.
    pub(crate) async fn set_office(
        &self,
        by: By<'_>,
        office: &Office,
        now: Moment,
    ) -> Result<(), AccountError> {
        let now = self.now(now).await?;
        by.must_be(Role::SystemAdministrator, now)?;
        let known = self.0.codes.region(office.region.as_str());
        if known.is_err() {
            let region = format!("“{}”这个地区代码(GB/T 2260)", office.region.as_str());
            return Err(AccountRefusal::NoSuchThing(region).into());
        }
        let what = What::OfficeSet {
            bureau: office.bureau.to_string(),
            region: office.region.as_str().to_owned(),
            department: office.department.clone(),
            is_finance: office.is_finance,
        };
        let event = AccountEvent::new(None, by.name(), "", what);
        in_write!(self, async |transaction| {
            let upsert = "INSERT INTO offices (bureau, region, department, is_finance) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT (bureau) DO UPDATE SET \
                 region = excluded.region, department = excluded.department, \
                 is_finance = excluded.is_finance";
            let values = [
                office.bureau.as_str().into(),
                office.region.as_str().into(),
                office.department.as_str().into(),
                i64::from(office.is_finance).into(),
            ];
            transaction.execute(upsert, &values).await?;
            let version = settings::find(transaction, VERSION).await?;
            let version = version.and_then(|version| version.parse::<u64>().ok());
            let version = version.unwrap_or(0).saturating_add(1);
            settings::put(transaction, VERSION, &version.to_string()).await?;
            append(transaction, event.clone(), now).await
        })
        .map_err(AccountError::Store)
    }
}
