//! What holders read in the application, where they want to be told besides, and what did not
//! arrive.

use crate::messages::outbox::Holder;
use crate::store::StoreError;
use crate::store::database::{Database, Row, Transaction, Value};

/// A language of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Tongue {
    fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }
}

/// A message in an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The name of the message.
    pub(crate) key: String,
    /// What it tells.
    pub(crate) kind: String,
    /// What it is about.
    pub(crate) about: Option<String>,
    /// One line.
    pub(crate) subject: String,
    /// Plain text.
    pub(crate) body: String,
    /// When it happened.
    pub(crate) at: i64,
    /// When it was read.
    pub(crate) read_at: Option<i64>,
}

/// Where a page of an inbox begins: behind this message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct After {
    /// Its time.
    pub(crate) at: i64,
    /// Its name.
    pub(crate) key: String,
}

/// The messages of a holder, the latest first.
///
/// # Errors
/// What the database says.
pub(crate) async fn list(
    database: &Database,
    holder: &Holder,
    tongue: Tongue,
    after: Option<&After>,
    count_max: u32,
) -> Result<Vec<Item>, StoreError> {
    let query = "SELECT m.key, m.kind, m.about, i.at, i.read_at, \
         CASE $2 WHEN 'en' THEN m.subject_en ELSE m.subject_zh END AS subject, \
         CASE $2 WHEN 'en' THEN m.body_en ELSE m.body_zh END AS body \
         FROM inbox i JOIN messages m ON m.key = i.message \
         WHERE i.holder = $1 AND (i.at < $3 OR (i.at = $3 AND i.message < $4)) \
         ORDER BY i.at DESC, i.message DESC LIMIT $5";
    let (at, key) = match after {
        Some(after) => (after.at, after.key.clone()),
        None => (i64::MAX, String::new()),
    };
    let values = [
        holder.to_string().into(),
        tongue.tag().into(),
        at.into(),
        key.into(),
        i64::from(count_max).into(),
    ];
    let rows = database.fetch(query, &values).await?;
    rows.iter().map(item).collect()
}

/// One message of a holder; nothing where it is not his.
///
/// # Errors
/// What the database says.
pub(crate) async fn find(
    database: &Database,
    holder: &Holder,
    tongue: Tongue,
    key: &str,
) -> Result<Option<Item>, StoreError> {
    let query = "SELECT m.key, m.kind, m.about, i.at, i.read_at, \
         CASE $2 WHEN 'en' THEN m.subject_en ELSE m.subject_zh END AS subject, \
         CASE $2 WHEN 'en' THEN m.body_en ELSE m.body_zh END AS body \
         FROM inbox i JOIN messages m ON m.key = i.message \
         WHERE i.holder = $1 AND i.message = $3";
    let values = [holder.to_string().into(), tongue.tag().into(), key.into()];
    let rows = database.fetch(query, &values).await?;
    rows.first().map(item).transpose()
}

/// How many messages a holder has not read.
///
/// # Errors
/// What the database says.
pub(crate) async fn unread(database: &Database, holder: &Holder) -> Result<u64, StoreError> {
    let query = "SELECT count(*) AS n FROM inbox WHERE holder = $1 AND read_at IS NULL";
    let rows = database.fetch(query, &[holder.to_string().into()]).await?;
    rows.first().map_or(Ok(0), |row| row.size("n"))
}

/// Notes that a message was read; `false` where it is not the holder's. The first reading counts.
///
/// # Errors
/// What the database says.
pub(crate) async fn mark_read(
    transaction: &mut Transaction,
    holder: &Holder,
    key: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let update = "UPDATE inbox SET read_at = COALESCE(read_at, $1) \
         WHERE holder = $2 AND message = $3";
    let values = [now.into(), holder.to_string().into(), key.into()];
    Ok(transaction.execute(update, &values).await? == 1)
}

fn item(row: &Row) -> Result<Item, StoreError> {
    Ok(Item {
        key: row.text("key")?.to_owned(),
        kind: row.text("kind")?.to_owned(),
        about: row.text_or_null("about")?.map(str::to_owned),
        subject: row.text("subject")?.to_owned(),
        body: row.text("body")?.to_owned(),
        at: row.int("at")?,
        read_at: row.int_or_null("read_at")?,
    })
}

/// Where a holder wants to be told besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    /// By which channel.
    pub(crate) channel: String,
    /// At which address.
    pub(crate) address: String,
    /// In which language.
    pub(crate) tongue: Tongue,
}

/// The contacts of a holder.
///
/// # Errors
/// What the database says.
pub(crate) async fn contacts(
    database: &Database,
    holder: &Holder,
) -> Result<Vec<Contact>, StoreError> {
    let query = "SELECT channel, address, language FROM contacts \
         WHERE holder = $1 ORDER BY channel, address";
    let rows = database.fetch(query, &[holder.to_string().into()]).await?;
    let contact = |row: &Row| {
        Ok(Contact {
            channel: row.text("channel")?.to_owned(),
            address: row.text("address")?.to_owned(),
            tongue: match row.text("language")? {
                "en" => Tongue::English,
                _ => Tongue::Chinese,
            },
        })
    };
    rows.iter().map(contact).collect()
}

/// Adds a contact, or changes its language. Check the address first
/// ([`Channels::check`](crate::messages::Channels::check)).
///
/// # Errors
/// What the database says.
pub(crate) async fn add_contact(
    transaction: &mut Transaction,
    holder: &Holder,
    contact: &Contact,
    now: i64,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO contacts (holder, channel, address, language, at) \
         VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (holder, channel, address) DO UPDATE SET language = $4";
    let values = [
        holder.to_string().into(),
        contact.channel.as_str().into(),
        contact.address.as_str().into(),
        contact.tongue.tag().into(),
        now.into(),
    ];
    transaction.execute(insert, &values).await.map(drop)
}

/// Takes a contact away; what waits for it is not sent any more.
///
/// # Errors
/// What the database says.
pub(crate) async fn remove_contact(
    transaction: &mut Transaction,
    holder: &Holder,
    (channel, address): (&str, &str),
    now: i64,
) -> Result<bool, StoreError> {
    let of_contact = [
        Value::from(holder.to_string()),
        channel.into(),
        address.into(),
    ];
    let delete = "DELETE FROM contacts WHERE holder = $1 AND channel = $2 AND address = $3";
    let removed = transaction.execute(delete, &of_contact).await? == 1;
    let update = "UPDATE deliveries SET state = 'dead', problem = '联系方式已取消', changed_at = $4 \
         WHERE holder = $1 AND channel = $2 AND address = $3 AND state = 'waiting'";
    let [holder, channel, address] = of_contact;
    let values = [holder, channel, address, now.into()];
    transaction.execute(update, &values).await?;
    Ok(removed)
}

/// The topics that a holder has subscribed to.
///
/// # Errors
/// What the database says.
pub(crate) async fn topics(
    database: &Database,
    holder: &Holder,
) -> Result<Vec<String>, StoreError> {
    let query = "SELECT topic FROM subscriptions WHERE holder = $1 ORDER BY topic";
    let rows = database.fetch(query, &[holder.to_string().into()]).await?;
    rows.iter()
        .map(|row| row.text("topic").map(str::to_owned))
        .collect()
}

/// Subscribes; twice is once.
///
/// # Errors
/// [`StoreError::Name`] when it is no topic; what the database says.
pub(crate) async fn subscribe(
    transaction: &mut Transaction,
    holder: &Holder,
    topic: &str,
    now: i64,
) -> Result<(), StoreError> {
    if topic.is_empty() || topic.len() > 200 || topic.chars().any(char::is_control) {
        return Err(StoreError::Name {
            what: "订阅主题",
            value: topic.chars().take(40).collect(),
            problem: "应为 1 至 200 个字节,不含控制字符",
        });
    }
    let insert = "INSERT INTO subscriptions (holder, topic, at) VALUES ($1, $2, $3) \
         ON CONFLICT (holder, topic) DO NOTHING";
    let values = [holder.to_string().into(), topic.into(), now.into()];
    transaction.execute(insert, &values).await.map(drop)
}

/// Ends a subscription.
///
/// # Errors
/// What the database says.
pub(crate) async fn unsubscribe(
    transaction: &mut Transaction,
    holder: &Holder,
    topic: &str,
) -> Result<bool, StoreError> {
    let delete = "DELETE FROM subscriptions WHERE holder = $1 AND topic = $2";
    let values = [holder.to_string().into(), topic.into()];
    Ok(transaction.execute(delete, &values).await? == 1)
}

/// A delivery that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeadLetter {
    /// The message.
    pub(crate) message: String,
    /// For whom.
    pub(crate) holder: String,
    /// By which channel.
    pub(crate) channel: String,
    /// To which address.
    pub(crate) address: String,
    /// How often it was tried.
    pub(crate) tries: i64,
    /// What went wrong last.
    pub(crate) problem: Option<String>,
    /// When it was given up.
    pub(crate) at: i64,
}

/// What was given up, the latest first.
///
/// # Errors
/// What the database says.
pub(crate) async fn dead_letters(
    database: &Database,
    count_max: u32,
) -> Result<Vec<DeadLetter>, StoreError> {
    let query = "SELECT message, holder, channel, address, tries, problem, changed_at \
         FROM deliveries WHERE state = 'dead' \
         ORDER BY changed_at DESC, message, holder, channel, address LIMIT $1";
    let rows = database
        .fetch(query, &[i64::from(count_max).into()])
        .await?;
    let letter = |row: &Row| {
        Ok(DeadLetter {
            message: row.text("message")?.to_owned(),
            holder: row.text("holder")?.to_owned(),
            channel: row.text("channel")?.to_owned(),
            address: row.text("address")?.to_owned(),
            tries: row.int("tries")?,
            problem: row.text_or_null("problem")?.map(str::to_owned),
            at: row.int("changed_at")?,
        })
    };
    rows.iter().map(letter).collect()
}

/// How many deliveries have neither arrived nor been given up.
///
/// # Errors
/// What the database says.
pub(crate) async fn waiting(database: &Database) -> Result<u64, StoreError> {
    let query = "SELECT count(*) AS n FROM deliveries WHERE state = 'waiting'";
    let rows = database.fetch(query, &[]).await?;
    rows.first().map_or(Ok(0), |row| row.size("n"))
}

/// Has what was given up of a message for a holder on a channel tried once more from now on; the
/// earlier tries stay written down.
///
/// # Errors
/// What the database says.
pub(crate) async fn revive(
    transaction: &mut Transaction,
    (message, holder, channel): (&str, &str, &str),
    now: i64,
) -> Result<bool, StoreError> {
    let update = "UPDATE deliveries SET state = 'waiting', next_at = $1, changed_at = $1 \
         WHERE message = $2 AND holder = $3 AND channel = $4 AND state = 'dead'";
    let values = [now.into(), message.into(), holder.into(), channel.into()];
    Ok(transaction.execute(update, &values).await? > 0)
}
