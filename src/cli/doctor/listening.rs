//! Who listens on a port: Linux tells in `/proc/net/tcp` (proc(5)), by the socket's inode and its user; which process has
//! that, `/proc/PID/fd` tells of processes of the same user.

use std::{
    fmt, fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use super::access;

/// A listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listener {
    address: SocketAddr,
    inode: u64,
    user: u32,
    /// The processes that have it, with their commands, of those that we may look into: whoever hands a socket down, as
    /// systemd does, keeps it too, and is the older one.
    pub(super) processes: Vec<(u32, String)>,
}

impl Listener {
    /// Whether it is a bridge: one of these processes, or one that is called so.
    pub(super) fn is_cutover(&self, bridges: &[u32]) -> Option<bool> {
        let is_one = |(pid, command): &(u32, String)| command == "cutover" || bridges.contains(pid);
        (!self.processes.is_empty()).then(|| self.processes.iter().any(is_one))
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.processes.last() {
            Some((pid, command)) => write!(f, "process {pid} ({command})"),
            None => write!(f, "a process of {}", access::user_name(self.user)),
        }
    }
}

/// Who listens there, or on all addresses of its port.
pub(super) fn on(address: SocketAddr) -> Option<Listener> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let mut listener = tables.iter().flat_map(|table| table.lines().filter_map(listening)).find(|listener| {
        let there = listener.address.ip().to_canonical();
        let same = there == address.ip().to_canonical() || there.is_unspecified() || address.ip().is_unspecified();
        listener.address.port() == address.port() && same
    })?;
    listener.processes = processes(listener.inode);
    Some(listener)
}

/// One line, as `0: 0100007F:10CC 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 4711 …`.
fn listening(line: &str) -> Option<Listener> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (local, state) = (words.get(1)?, words.get(3)?);
    // TCP_LISTEN
    if *state != "0A" {
        return None;
    }
    let (ip, port) = local.split_once(':')?;
    let (user, inode) = (words.get(7)?.parse().ok()?, words.get(9)?.parse().ok()?);
    Some(Listener {
        address: (address(ip)?, u16::from_str_radix(port, 16).ok()?).into(),
        inode,
        user,
        processes: Vec::new(),
    })
}

/// Words of four bytes, each in the machine's own order.
fn address(hex: &str) -> Option<IpAddr> {
    let mut bytes = Vec::with_capacity(16);
    for word in hex.as_bytes().chunks(8) {
        bytes.extend(u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?.to_ne_bytes());
    }
    match bytes.len() {
        4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into()),
        16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
        _ => None,
    }
}

fn processes(inode: u64) -> Vec<(u32, String)> {
    let wanted = format!("socket:[{inode}]");
    let has = |directory: &Path| {
        let descriptors = fs::read_dir(directory.join("fd")).ok()?;
        let mut links = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
        links.any(|link| link.as_os_str() == wanted.as_str()).then_some(())
    };
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let having = entries.filter_map(Result::ok).filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        has(&entry.path())?;
        let command = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        Some((pid, command.trim_end().to_owned()))
    });
    let mut having: Vec<(u32, String)> = having.collect();
    having.sort_unstable();
    having
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernels_table_is_an_address_and_a_socket() {
        let line = |state: &str| {
            format!(
                "   0: 0100007F:10CC 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000  0 4711 1 0"
            )
        };
        let listener = listening(&line("0A")).unwrap();
        assert_eq!((listener.address, listener.inode, listener.user), ("127.0.0.1:4300".parse().unwrap(), 4711, 1000));
        assert_eq!(listening(&line("01")), None, "a connection");
        assert_eq!(listening("  sl  local_address rem_address   st tx_queue"), None);
        assert_eq!(address("00000000000000000000000001000000"), Some(Ipv6Addr::LOCALHOST.into()));
    }

    #[test]
    fn the_process_that_listens_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let found = on(listener.local_addr().unwrap()).unwrap();
        let us = std::process::id();
        assert_eq!(found.processes.iter().map(|(pid, _)| *pid).collect::<Vec<_>>(), [us]);
        assert_eq!((found.is_cutover(&[us]), found.is_cutover(&[us + 1])), (Some(true), Some(false)));
        let handed_down = [(1, "systemd".to_owned()), (us, "cutover".to_owned())].to_vec();
        let handed_down = Listener { processes: handed_down, ..found };
        assert_eq!(
            (handed_down.is_cutover(&[]), handed_down.to_string()),
            (Some(true), format!("process {us} (cutover)"))
        );
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert_eq!(on(address), None);
    }
}
