//! Frames and descriptors over the socket between two processes.

use std::{
    io::{self, IoSlice, IoSliceMut, Read, Write},
    mem::MaybeUninit,
    os::{
        fd::{BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    time::Duration,
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use zeroize::Zeroizing;

/// Most descriptors of a frame: listeners, and the locks of files.
pub(super) const MOST: usize = 16;

/// A frame, wiped on drop, and the descriptors that came with it.
pub(super) type Frame = (Zeroizing<Vec<u8>>, Vec<OwnedFd>);

/// One end of it. Blocking.
#[derive(Debug)]
pub(super) struct Link(UnixStream);

impl Link {
    /// One end, and the other for a child.
    ///
    /// # Errors
    /// The system has none.
    pub(super) fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) = UnixStream::pair()?;
        Ok((Self(ours), theirs.into()))
    }

    /// The end that a process was given.
    ///
    /// # Errors
    /// It is no socket.
    pub(super) fn over(descriptor: OwnedFd) -> io::Result<Self> {
        let stream = UnixStream::from(descriptor);
        stream.peer_addr()?;
        Ok(Self(stream))
    }

    /// Another handle to the same end.
    ///
    /// # Errors
    /// No descriptor is left.
    pub(super) fn another(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    /// How long the other end is waited for.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn wait_at_most(&self, bound: Option<Duration>) -> io::Result<()> {
        self.0.set_read_timeout(bound)?;
        self.0.set_write_timeout(bound)
    }

    /// Sends a frame, and these descriptors with it.
    ///
    /// # Errors
    /// The other end is gone, or takes nothing.
    pub(super) fn send(&self, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?.to_be_bytes();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(io::Error::other("more descriptors than fit into a frame"));
        }
        let sent = sendmsg(&self.0, &[IoSlice::new(&length)], &mut ancillary, SendFlags::NOSIGNAL)?;
        (&self.0).write_all(&length[sent..])?;
        (&self.0).write_all(bytes)
    }

    /// The next frame, and the descriptors that came with it. None at the end.
    ///
    /// # Errors
    /// It broke off, or did not come in time.
    pub(super) fn receive(&self) -> io::Result<Option<Frame>> {
        let mut length = [0; 4];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let got = recvmsg(&self.0, &mut [IoSliceMut::new(&mut length)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
        if got.bytes == 0 {
            return Ok(None);
        }
        let rights = |message| match message {
            RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
            _ => None,
        };
        let descriptors = ancillary.drain().filter_map(rights).flatten().collect();
        (&self.0).read_exact(&mut length[got.bytes..])?;
        let mut bytes = Zeroizing::new(vec![0; u32::from_be_bytes(length) as usize]);
        (&self.0).read_exact(&mut bytes)?;
        Ok(Some((bytes, descriptors)))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, os::fd::AsFd};

    use super::*;

    #[test]
    fn frames_come_whole_with_their_descriptors_and_the_end_is_the_end() {
        let (ours, theirs) = Link::pair().unwrap();
        let theirs = Link::over(theirs).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let large = vec![7; 1 << 20];
        std::thread::scope(|scope| {
            scope.spawn(|| {
                ours.send(b"first", &[file.as_file().as_fd(), file.as_file().as_fd()]).unwrap();
                ours.send(&large, &[]).unwrap();
                ours.send(b"", &[]).unwrap();
            });
            let (bytes, descriptors) = theirs.receive().unwrap().unwrap();
            assert_eq!((bytes.as_slice(), descriptors.len()), (b"first".as_slice(), 2));
            File::from(descriptors.into_iter().next().unwrap()).write_all(b"the same file").unwrap();
            let (bytes, descriptors) = theirs.receive().unwrap().unwrap();
            assert_eq!((bytes.as_slice(), descriptors.len()), (large.as_slice(), 0));
            assert!(theirs.receive().unwrap().unwrap().0.is_empty());
        });
        assert_eq!(std::fs::read(file.path()).unwrap(), b"the same file");
        drop(ours);
        assert!(theirs.receive().unwrap().is_none());
    }

    #[test]
    fn what_is_no_socket_is_refused_and_what_does_not_come_is_not_waited_for_forever() {
        assert!(Link::over(File::open("/dev/null").unwrap().into()).is_err());
        let (ours, _theirs) = Link::pair().unwrap();
        ours.wait_at_most(Some(Duration::from_millis(5))).unwrap();
        assert_eq!(ours.receive().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
