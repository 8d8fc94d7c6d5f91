//! Where the bridge is, and with which token it is asked.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::Args;

use super::Bridge;
use crate::{admin::guard::token, cli::shared::ConfigFile, config::layers, handlers, routes::Snapshot};

/// Options of the commands that ask a running bridge.
#[derive(Debug, Args)]
pub struct BridgeOptions {
    #[command(flatten)]
    config: ConfigFile,
    /// The admin API of the bridge [default: that of admin.address in the configuration]
    #[arg(long, value_name = "URL")]
    admin: Option<String>,
    #[command(flatten)]
    token: TokenFile,
}

/// Where the token is.
#[derive(Debug, Args)]
pub struct TokenFile {
    #[arg(
        long,
        value_name = "FILE",
        help = "File with the token of the admin API [default: admin.token_file in the configuration]"
    )]
    token_file: Option<PathBuf>,
}

impl BridgeOptions {
    /// The bridge. Nothing is connected yet. Blocking: reads files.
    ///
    /// # Errors
    /// A configuration with faults, an address that can not be asked, a file without a token.
    pub fn bridge(&self) -> anyhow::Result<Bridge> {
        bridge(&self.config, self.admin.as_deref(), &self.token)
    }
}

/// The bridge at a URL, or where the configuration says. Blocking: reads files.
///
/// # Errors
/// As [`BridgeOptions::bridge`].
pub fn bridge(config: &ConfigFile, url: Option<&str>, token: &TokenFile) -> anyhow::Result<Bridge> {
    let layers = config.layers();
    let snapshot = match Snapshot::load(&layers, &handlers::catalog(), 1) {
        Ok(snapshot) => Some(snapshot),
        // A bridge goes on with the last good file; it can still be asked by whoever knows where it is.
        Err(_) if url.is_some() => None,
        Err(faults) => return Err(faults).context("where the bridge is can not be read (--admin URL says it)"),
    };
    let admin = snapshot.as_ref().map(|snapshot| &snapshot.config.admin);
    let url = match (url, admin) {
        (Some(url), _) => url.to_owned(),
        (None, Some(admin)) => url_of(admin.address)?,
        (None, None) => bail!("--admin URL says where the bridge is"),
    };
    let configured = || admin.and_then(|admin| token::file(&layers, admin));
    let token = match token.token_file.clone() {
        Some(file) => Some(token::read(&file).map_err(|error| anyhow::anyhow!("--token-file: {error}"))?),
        None => configured().map(|file| token::read(&file)).transpose()?,
    };
    Bridge::new(&url, token)
}

/// The URL of the bridge's admin API where the configuration says, for what needs no token. A bridge that runs goes on with
/// the last good file, so other faults of this one do not matter. Blocking: reads a file.
///
/// # Errors
/// The configuration says of no address that can be asked.
pub fn url_without_token(config: &ConfigFile) -> anyhow::Result<String> {
    let layers = config.layers();
    let address = layers::value(&layers, &handlers::catalog(), "admin.address");
    let address = address.and_then(|address| address.parse().ok());
    url_of(address.context("the configuration says of no admin.address (--admin URL says where the bridge is)")?)
}

/// The URL of an admin API that listens there.
fn url_of(mut address: SocketAddr) -> anyhow::Result<String> {
    if address.port() == 0 {
        bail!("admin.address has no fixed port; --admin says which one the bridge printed at its start");
    }
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    Ok(format!("http://{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bridge_that_listens_everywhere_is_asked_on_the_loopback_interface() {
        for (address, url) in [
            ("127.0.0.1:1", "http://127.0.0.1:1"),
            ("0.0.0.0:1", "http://127.0.0.1:1"),
            ("[::]:1", "http://[::1]:1"),
            ("10.0.0.1:1", "http://10.0.0.1:1"),
        ] {
            assert_eq!(url_of(address.parse().unwrap()).unwrap(), url);
        }
        assert!(url_of("127.0.0.1:0".parse().unwrap()).is_err());
    }
}
