//! A body that hands something out: if its client leaves before it is written, it is taken back.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::forward::{Body, BodyFault};

/// A body, and what is to be done if nothing of it is ever written.
pub(super) struct Handed<U: FnOnce() + Unpin> {
    body: Body,
    undo: Option<U>,
}

impl<U: FnOnce() + Unpin> Handed<U> {
    pub(super) fn new(body: Body, undo: U) -> Self {
        Self { body, undo: Some(undo) }
    }
}

impl<U: FnOnce() + Unpin> HttpBody for Handed<U> {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        // It is written from here on.
        this.undo = None;
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<U: FnOnce() + Unpin> Drop for Handed<U> {
    fn drop(&mut self) {
        if let Some(undo) = self.undo.take() {
            undo();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use http_body_util::BodyExt;

    use super::*;
    use crate::forward::body::full;

    #[tokio::test]
    async fn what_was_never_written_is_taken_back_and_what_was_is_not() {
        let taken_back = Cell::new(false);
        let handed = Handed::new(full(Bytes::from_static(b"x")), || taken_back.set(true));
        assert_eq!(handed.collect().await.unwrap().to_bytes(), "x");
        assert!(!taken_back.get());
        drop(Handed::new(full(Bytes::from_static(b"x")), || taken_back.set(true)));
        assert!(taken_back.get());
    }
}
