//! A listener at an address, or why there can be none, with what to do.

use std::{io, net::SocketAddr};

use tokio::net::TcpListener;

use super::failure::RunError;

/// Listens there. `what` is the key of the configuration that says so.
///
/// # Errors
/// It can not be listened on.
pub(super) async fn bind(address: SocketAddr, what: &'static str) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|error| {
        let remedy = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "another process has it; stop that one, or choose another port (0 picks a free one)".to_owned()
            }
            io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
            io::ErrorKind::PermissionDenied => {
                "not permitted; ports below 1024 need rights that this process lacks".to_owned()
            }
            _ => error.to_string(),
        };
        RunError::Listen { address, what, remedy }
    })
}
