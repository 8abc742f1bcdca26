//! TLS from PEM files that can be changed while the server runs.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::serve::error::ServeError;
use crate::serve::settings::TlsSettings;

/// The certificate of the server, as the files held it last.
#[derive(Debug)]
pub(super) struct Certificate {
    settings: TlsSettings,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// [`ServeError::File`] when they hold no chain and key that fit each other.
    pub(super) fn read(settings: TlsSettings) -> Result<Arc<Self>, ServeError> {
        let current = RwLock::new(Arc::new(read(&settings)?));
        Ok(Arc::new(Self { settings, current }))
    }

    /// Reads the files again; where they cannot be used, the certificate stays as it was.
    ///
    /// # Errors
    /// As [`Certificate::read`].
    pub(super) fn reload(&self) -> Result<(), ServeError> {
        let fresh = Arc::new(read(&self.settings)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What shakes hands: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// [`ServeError::Setting`] when the library knows no such versions.
    pub(super) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, ServeError> {
        let provider = Arc::new(ring::default_provider());
        let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(|error| ServeError::setting("tls", error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read();
        Some(Arc::clone(&current.unwrap_or_else(PoisonError::into_inner)))
    }
}

fn read(settings: &TlsSettings) -> Result<CertifiedKey, ServeError> {
    let chain = chain(&settings.certificate)?;
    let failed =
        |problem: &dyn ToString| ServeError::file("TLS 私钥", &settings.key, problem.to_string());
    let key = PrivateKeyDer::from_pem_file(&settings.key).map_err(|error| failed(&error))?;
    let key = ring::sign::any_supported_type(&key).map_err(|error| failed(&error))?;
    let pair = CertifiedKey::new(chain, key);
    match pair.keys_match() {
        Ok(()) => Ok(pair),
        Err(_) => Err(failed(&"与证书不是一对")),
    }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, ServeError> {
    let failed = |problem: &dyn ToString| ServeError::file("TLS 证书", path, problem.to_string());
    let found = CertificateDer::pem_file_iter(path).map_err(|error| failed(&error))?;
    let chain: Result<Vec<_>, _> = found.collect();
    let chain = chain.map_err(|error| failed(&error))?;
    match chain.is_empty() {
        false => Ok(chain),
        true => Err(failed(&"其中没有证书")),
    }
}
