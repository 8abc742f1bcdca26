//! Ways out of the house: mail, gateways, and addresses of holders' own systems.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde_json::json;

use crate::messages::error::MessageError;
use crate::messages::outbound::{Outbound, Target};
use crate::messages::secret::Secret;
use crate::messages::settings::{MailSettings, MailTls, MessageSettings};

/// The channel of mail addresses.
pub(crate) const MAIL: &str = "mail";
/// The channel of addresses of holders' own systems.
pub(crate) const ADDRESS: &str = "url";
/// How long a mail server may take for one message.
const MAIL_MAX: Duration = Duration::from_secs(30);

/// What is sent to one address.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    /// The same at every try, so that who gets it twice can tell.
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) about: Option<String>,
    pub(super) address: String,
    pub(super) language: String,
    pub(super) subject: String,
    pub(super) body: String,
    /// When it happened, and now: microseconds.
    pub(super) at: i64,
    pub(super) now: i64,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The other side has it.
    Sent,
    /// It may go better later.
    Later(String),
    /// It will never go.
    Never(String),
}

/// All ways out.
pub(crate) struct Channels {
    mail: Option<(AsyncSmtpTransport<Tokio1Executor>, Mailbox)>,
    gateways: BTreeMap<String, (Target, Secret)>,
    addresses: Option<Secret>,
    outbound: Outbound,
}

impl Channels {
    /// Reads the settings, secrets and certificates.
    ///
    /// # Errors
    /// [`MessageError`] naming the setting or the file.
    pub(crate) fn new(settings: &MessageSettings) -> Result<Self, MessageError> {
        Self::with(settings, Outbound::new(&settings.outbound)?)
    }

    pub(super) fn with(
        settings: &MessageSettings,
        outbound: Outbound,
    ) -> Result<Self, MessageError> {
        let mut gateways = BTreeMap::new();
        for webhook in &settings.webhooks {
            let name = format!("webhook {}", webhook.name);
            if webhook.name.is_empty() || [MAIL, ADDRESS].contains(&webhook.name.as_str()) {
                return Err(MessageError::setting(name, "名称为空或已被占用"));
            }
            let target = outbound.check(&webhook.url);
            let target = target.map_err(|why| MessageError::setting(name.clone(), why))?;
            let gateway = (target, Secret::read(&webhook.secret_file)?);
            if gateways.insert(webhook.name.clone(), gateway).is_some() {
                return Err(MessageError::setting(name, "名称重复"));
            }
        }
        let addresses = settings.addresses.as_ref();
        let addresses = addresses.map(|own| Secret::read(&own.secret_file));
        Ok(Self {
            mail: settings.mail.as_ref().map(mailer).transpose()?,
            gateways,
            addresses: addresses.transpose()?,
            outbound,
        })
    }

    /// The names of the channels that can be used.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mail = self.mail.as_ref().map(|_| MAIL);
        let address = self.addresses.as_ref().map(|_| ADDRESS);
        let gateways = self.gateways.keys().map(String::as_str);
        mail.into_iter().chain(address).chain(gateways).collect()
    }

    /// Whether an address can be used on a channel.
    ///
    /// # Errors
    /// [`MessageError::Address`] saying why not.
    pub(crate) fn check(&self, channel: &str, address: &str) -> Result<(), MessageError> {
        if !self.names().contains(&channel) {
            return Err(MessageError::Address("没有这种通知方式"));
        }
        match channel {
            MAIL => match address.parse::<lettre::Address>() {
                Ok(_) => Ok(()),
                Err(_) => Err(MessageError::Address("邮箱地址写得不对")),
            },
            ADDRESS => self.outbound.check(address).map(drop),
            _ => {
                let is_plain = |letter: char| letter.is_ascii_graphic();
                let fits = (1..=64).contains(&address.len()) && address.chars().all(is_plain);
                match fits {
                    true => Ok(()),
                    false => Err(MessageError::Address("号码应为 1 至 64 个字符,不含空白")),
                }
            }
        }
    }

    /// The secret that signs what is sent to an address of a holder's own system; shown to the
    /// holder and to nobody else.
    pub(crate) fn secret_of(&self, address: &str) -> Option<String> {
        let secret = self.addresses.as_ref()?;
        Some(secret.of_address(address).text())
    }

    /// Tries once.
    pub(super) async fn send(&self, channel: &str, letter: &Letter) -> Outcome {
        match (channel, &self.mail, &self.addresses) {
            (MAIL, Some((transport, from)), _) => mail(transport, from, letter).await,
            (ADDRESS, _, Some(secret)) => match self.outbound.check(&letter.address) {
                Ok(target) => {
                    let secret = secret.of_address(&letter.address);
                    self.post(&target, &secret, letter).await
                }
                Err(why) => Outcome::Never(why.to_string()),
            },
            (name, _, _) => match self.gateways.get(name) {
                Some((target, secret)) => self.post(target, secret, letter).await,
                None => Outcome::Later(format!("没有配置“{name}”这种通知方式")),
            },
        }
    }

    async fn post(&self, target: &Target, secret: &Secret, letter: &Letter) -> Outcome {
        let (client, url) = match self.outbound.admit(target).await {
            Ok(admitted) => admitted,
            Err(why) => return Outcome::Later(why.to_string()),
        };
        let body = json!({
            "id": letter.id,
            "kind": letter.kind,
            "about": letter.about,
            "to": letter.address,
            "language": letter.language,
            "subject": letter.subject,
            "body": letter.body,
            "at": seconds(letter.at),
        })
        .to_string();
        let now = seconds(letter.now).to_string();
        let signature = secret.sign(&[now.as_bytes(), b".", body.as_bytes()]);
        let request = client
            .post(url)
            .header("content-type", "application/json; charset=utf-8")
            .header("zhida-delivery", &letter.id)
            .header("zhida-timestamp", &now)
            .header("zhida-signature", format!("v1={signature}"))
            .body(body);
        // What it answers is not read: its status is all that counts.
        match request.send().await {
            Err(error) if error.is_timeout() => Outcome::Later("对方没有按时应答".to_owned()),
            Err(_) => Outcome::Later("连接不上".to_owned()),
            Ok(answer) => {
                let status = answer.status();
                let told = format!("对方答复 {}", status.as_u16());
                match status.as_u16() {
                    200..=299 => Outcome::Sent,
                    400 | 410 | 413 | 422 => Outcome::Never(told),
                    _ => Outcome::Later(told),
                }
            }
        }
    }
}

fn seconds(microseconds: i64) -> i64 {
    microseconds.div_euclid(1_000_000)
}

async fn mail(
    transport: &AsyncSmtpTransport<Tokio1Executor>,
    from: &Mailbox,
    letter: &Letter,
) -> Outcome {
    let Ok(address) = letter.address.parse() else {
        return Outcome::Never("邮箱地址写得不对".to_owned());
    };
    let id = format!("<{}@{}>", letter.id, from.email.domain());
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, address))
        .subject(&letter.subject)
        .message_id(Some(id))
        .header(ContentType::TEXT_PLAIN)
        .body(letter.body.clone());
    let mut message = match message {
        Ok(message) => message,
        Err(error) => return Outcome::Never(error.to_string()),
    };
    // No out-of-office replies, please (RFC 3834).
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    let value = HeaderValue::new(name, "auto-generated".to_owned());
    message.headers_mut().insert_raw(value);
    match transport.send(message).await {
        Ok(_) => Outcome::Sent,
        Err(error) => {
            let told = match error.status() {
                Some(code) => format!("邮件服务器答复 {code}"),
                None if error.is_timeout() => "邮件服务器没有按时应答".to_owned(),
                None => "连接不上邮件服务器".to_owned(),
            };
            match error.is_permanent() {
                true => Outcome::Never(told),
                false => Outcome::Later(told),
            }
        }
    }
}

type Mailer = (AsyncSmtpTransport<Tokio1Executor>, Mailbox);

fn mailer(settings: &MailSettings) -> Result<Mailer, MessageError> {
    let from = settings.from.parse::<Mailbox>();
    let from = from.map_err(|error| MessageError::setting("mail.from", error))?;
    let tls = match settings.tls {
        MailTls::Required => Tls::Required(parameters(settings)?),
        MailTls::Wrapper => Tls::Wrapper(parameters(settings)?),
        MailTls::None => {
            let is_here = ["localhost", "127.0.0.1", "::1"].contains(&settings.host.as_str());
            if !is_here {
                let problem = "只有本机的邮件服务器可以不用 TLS";
                return Err(MessageError::setting("mail.tls", problem));
            }
            Tls::None
        }
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host);
    let mut builder = builder.port(settings.port).tls(tls).timeout(Some(MAIL_MAX));
    match (&settings.user, &settings.password_file) {
        (None, None) => {}
        (Some(user), Some(path)) => {
            let password = password(path)?;
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        (Some(_), None) | (None, Some(_)) => {
            let problem = "user 和 password_file 要一起写";
            return Err(MessageError::setting("mail.user", problem));
        }
    }
    Ok((builder.build(), from))
}

fn password(path: &Path) -> Result<String, MessageError> {
    let text = std::fs::read_to_string(path).map_err(|error| MessageError::File {
        what: "密码文件",
        path: path.to_owned(),
        problem: error.to_string(),
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn parameters(settings: &MailSettings) -> Result<TlsParameters, MessageError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let failed = |problem: String| MessageError::File {
            what: "CA 证书",
            path: path.clone(),
            problem,
        };
        let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|e| failed(e.to_string()))?;
        builder = builder.add_root_certificate(certificate);
    }
    let built = builder.build_rustls();
    built.map_err(|error| MessageError::setting("mail.tls", error))
}
