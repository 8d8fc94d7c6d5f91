//! The Unix socket on which the legacy process reaches the bridge: for processes of the bridge's own user alone.

use std::{
    fs, io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{
            fs::{FileTypeExt, MetadataExt, PermissionsExt},
            net::UnixStream,
        },
    },
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{net::UnixListener, sync::watch};

use crate::{
    admin::notify,
    compat::{Peer, inside, routes},
    dispatch::Bridge,
};

/// A socket that is listened on; a file that we made for it goes away with it.
#[derive(Debug)]
pub struct Socket {
    listener: Own,
    file: File,
}

#[derive(Debug)]
struct File(Whose);

impl Drop for File {
    fn drop(&mut self) {
        if let Some(path) = self.0.ours() {
            let _ = fs::remove_file(path);
        }
    }
}

/// Whose a socket's file is: who made it removes it, or who goes on in that one's place.
#[derive(Debug, Clone)]
pub struct Whose {
    ours: Arc<AtomicBool>,
    path: Option<PathBuf>,
}

impl Whose {
    fn new(path: Option<PathBuf>) -> Self {
        Self { ours: Arc::new(AtomicBool::new(path.is_some())), path }
    }

    /// The file, if it is ours.
    #[must_use]
    pub fn ours(&self) -> Option<&Path> {
        self.path.as_deref().filter(|_| self.ours.load(Ordering::SeqCst))
    }

    /// Another process has it.
    pub fn leave(&self) {
        self.ours.store(false, Ordering::SeqCst);
    }
}

impl Socket {
    /// Another descriptor of it, and whose its file is.
    ///
    /// # Errors
    /// No descriptor is left.
    pub fn descriptor(&self) -> io::Result<(OwnedFd, Whose)> {
        Ok((self.listener.listener.as_fd().try_clone_to_owned()?, self.file.0.clone()))
    }
}

/// Takes connections of one user's processes, and closes others: the mode of a file is a matter of the file system.
#[derive(Debug)]
struct Own {
    listener: UnixListener,
    user: u32,
}

impl Listener for Own {
    type Io = tokio::net::UnixStream;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Peer) {
        loop {
            let (stream, _) = Listener::accept(&mut self.listener).await;
            match stream.peer_cred() {
                Ok(process) if process.uid() == self.user => {
                    return (stream, Peer { pid: process.pid().filter(|pid| *pid > 0) });
                }
                Ok(process) => tracing::warn!(user = process.uid(), "another user's process is refused at the socket"),
                Err(error) => tracing::warn!(%error, "a process that can not be told is refused at the socket"),
            }
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer::default())
    }
}

impl Connected<IncomingStream<'_, Own>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Own>) -> Self {
        *stream.remote_addr()
    }
}

/// Listens at a path, for this user alone. A file that a bridge left behind when it was killed is replaced.
///
/// # Errors
/// The path is another process's socket, or no socket at all, or can not be written.
pub fn bind(path: &Path) -> io::Result<Socket> {
    match fs::symlink_metadata(path) {
        // To connect to a file of another kind is refused as well, and it is not ours to replace.
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file there, and it is no socket"));
        }
        Ok(_) => match UnixStream::connect(path) {
            Ok(_) => return Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens on it")),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            Err(error) => return Err(error),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    // It gets its name only when nobody else may use it any more.
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}", std::process::id()));
    let aside = PathBuf::from(aside);
    let _ = fs::remove_file(&aside);
    let listener = UnixListener::bind(&aside)?;
    let made = fs::set_permissions(&aside, fs::Permissions::from_mode(0o600)).and_then(|()| fs::rename(&aside, path));
    if let Err(error) = made {
        let _ = fs::remove_file(&aside);
        return Err(error);
    }
    let file = File(Whose::new(Some(path.to_owned())));
    // It is ours: so is its user.
    let user = fs::symlink_metadata(path)?.uid();
    Ok(Socket { listener: Own { listener, user }, file })
}

/// One that somebody else has opened. Its file stays, unless this one was ours to remove: the name that the socket itself
/// knows may be another, since ours get theirs in the end.
///
/// # Errors
/// The system refuses to have it awaited.
pub fn handed_down(listener: std::os::unix::net::UnixListener, ours: Option<PathBuf>) -> io::Result<Socket> {
    listener.set_nonblocking(true)?;
    let user = rustix::process::geteuid().as_raw();
    Ok(Socket { listener: Own { listener: UnixListener::from_std(listener)?, user }, file: File(Whose::new(ours)) })
}

/// Serves it until it is told to stop: after the last request, since what that changed legacy is told over it.
pub async fn serve(socket: Socket, bridge: Arc<Bridge>, mut stopping: watch::Receiver<bool>) {
    let Socket { listener, file: _file } = socket;
    let stop = async move {
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    let inside = inside::Inside {
        attachment: Arc::clone(&bridge.attachment),
        session: Arc::clone(&bridge.session),
        queries: Arc::clone(&bridge.queries),
        runner: runner(&bridge),
    };
    let router = notify::router().with_state(bridge).merge(routes::router(inside));
    let service = router.into_make_service_with_connect_info::<Peer>();
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stop).await {
        tracing::error!(%error, "the Unix socket ended");
    }
}

fn runner(bridge: &Arc<Bridge>) -> inside::Runner {
    let bridge = Arc::clone(bridge);
    inside::Runner(Arc::new(move |task| bridge.do_at_once(task)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_is_for_this_user_alone_and_one_left_behind_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bridge.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let socket = bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(bind(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(socket);
        assert!(!path.exists());
        fs::write(&path, "not a socket").unwrap();
        assert!(bind(&path).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"not a socket");
    }
}
