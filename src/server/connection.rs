//! One client connection: the guard, hyper on top of it, the bridge behind.

use std::{
    convert::Infallible,
    future::{Future as _, poll_fn},
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use bytes::BytesMut;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::service_fn,
    upgrade::{Parts, Upgraded},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::watch, time::timeout};

use super::{
    answering::Answering,
    guard::{Fast, Gate, Guarded},
    limits::Limits,
    misdirected,
};
use crate::{
    dispatch::{Bridge, Client, Place, express::Caller, handover::Whose},
    forward::Body,
};

/// Most header lines that hyper takes if it is told nothing.
const HYPERS_HEADERS: usize = 100;
/// hyper's own bound on the bytes it reads at once, and keeps of a head (1.12).
const HYPERS_BUFFER: usize = 8192 + 4096 * 100;
/// What it may read at once of a body, besides a head. More is not faster, and each connection has as much.
const BODY: usize = 64 * 1024;

/// How long a connection without a request stays when another process has gone on in this one's place.
const LINGER: Duration = Duration::from_secs(10);

/// Serves a connection until it ends, or until the bridge stops and the request in progress is answered.
pub async fn serve(
    bridge: Arc<Bridge>,
    stream: TcpStream,
    address: IpAddr,
    place: Place,
    limits: Arc<Limits>,
    mut stopping: watch::Receiver<bool>,
) {
    let gate = Arc::new(Gate::keeping_heads(bridge.recorder.listens()));
    let local = stream.local_addr().ok();
    let fast = Fast { bridge: Arc::clone(&bridge), caller: Caller::new(address, local) };
    let io = TokioIo::new(Guarded::new(stream, Arc::clone(&limits), Arc::clone(&gate), Arc::clone(&place), fast));
    let client = Client { address, place, release };
    let passing = Arc::clone(&gate);
    // hyper keeps room for the future between requests as well: boxed, an idle connection has none of it.
    let answering = Arc::clone(&bridge);
    let service = service_fn(move |request| {
        Box::pin(answer(Arc::clone(&answering), Arc::clone(&gate), client.clone(), local, request))
    });
    let mut builder = http1::Builder::new();
    // The guard has bounds of its own and says which was crossed; hyper's only have to be no smaller. Up to this one it has
    // the lines of a head on its stack.
    if limits.headers > HYPERS_HEADERS {
        builder.max_headers(limits.headers);
    }
    let connection = builder
        .max_buf_size(limits.head.saturating_add(BODY).min(HYPERS_BUFFER))
        .preserve_header_case(true)
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .serve_connection(io, service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let mut ended = tokio::select! {
        biased;
        ended = connection.as_mut() => Some(ended),
        // The guard of the watched value must not live across the next await.
        () = async { drop(stopping.wait_for(|stopping| *stopping).await) } => None,
    };
    if ended.is_none() && bridge.handover.is_there() {
        // Its next request is answered there, and is its last. To whoever sends at the moment at which a connection ends
        // nothing says whether that was heard.
        ended = timeout(LINGER, connection.as_mut()).await.ok();
    }
    let ended = match ended {
        Some(ended) => ended,
        None => {
            // Of a request on the fast path hyper knows nothing, and would end its connection at once.
            let ended = poll_fn(|cx| match connection.as_mut().poll(cx) {
                Poll::Ready(ended) => Poll::Ready(Some(ended)),
                Poll::Pending if passing.is_passing() => Poll::Pending,
                Poll::Pending => Poll::Ready(None),
            });
            match ended.await {
                Some(ended) => ended,
                None => {
                    connection.as_mut().graceful_shutdown();
                    connection.as_mut().await
                }
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "client connection ended");
    }
}

/// The socket of an upgraded connection, with what was read of it.
fn release(upgraded: Upgraded) -> Option<(TcpStream, BytesMut)> {
    let Parts { io, read_buf, .. } = upgraded.downcast::<TokioIo<Guarded>>().ok()?;
    let mut early = BytesMut::from(read_buf);
    let (stream, behind) = io.into_inner().into_parts()?;
    early.unsplit(behind);
    Some((stream, early))
}

async fn answer(
    bridge: Arc<Bridge>,
    gate: Arc<Gate>,
    client: Client,
    local: Option<SocketAddr>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    if let Some(rejection) = gate.begin() {
        tracing::debug!(%rejection, "request refused");
        let mut response = bridge.answers.own(rejection.status, rejection.code, &rejection.message, None, false);
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return Ok(response);
    }
    if let Some(head) = gate.head() {
        request.extensions_mut().insert(head);
    }
    let mut came = Instant::now();
    if let Some(handed) = gate.handed() {
        came = handed.came;
        request.extensions_mut().insert(handed.instead);
    }
    let version = request.version();
    let (response, ending) = match misdirected::refusal(&bridge, local, &request) {
        Some(refusal) => (refusal, None),
        None => match bridge.handover.enter().await {
            Whose::Ours(inside) => {
                let (response, ending) = bridge.handle(request, &client, came, inside).await;
                (response, Some(ending))
            }
            Whose::Theirs(there) => (bridge.pass_over(&there, request, &client).await, None),
        },
    };
    gate.decide(response.status() == StatusCode::SWITCHING_PROTOCOLS);
    Ok(Answering::over(response, version, gate, ending))
}
