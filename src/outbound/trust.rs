//! Certificates: those of the system, or of the file that the environment names.

use reqwest::{Certificate, ClientBuilder};

use super::{Failure, proxy::Environment};

/// Variables that `requests` honours, in its order. Legacy's own default is certifi's list; ours is that of the system, or
/// of `SSL_CERT_FILE`, which OpenSSL reads.
const VARIABLES: [&str; 2] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// A client that trusts the file of the environment, and nothing else, where there is one.
pub(super) fn trusting(builder: ClientBuilder, environment: &Environment) -> Result<ClientBuilder, Failure> {
    let Some((name, path)) = VARIABLES
        .iter()
        .find_map(|name| environment.get(name).filter(|path| !path.is_empty()).map(|path| (name, path)))
    else {
        return Ok(builder);
    };
    let wrong = |why: &dyn std::fmt::Display| Failure::Misconfigured(format!("the file of {name} is of no use: {why}"));
    let pem = std::fs::read(path).map_err(|error| wrong(&error))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))?;
    if certificates.is_empty() {
        return Err(wrong(&"no certificate is in it"));
    }
    Ok(builder.tls_certs_only(certificates))
}
