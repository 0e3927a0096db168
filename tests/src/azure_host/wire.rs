//! HTTP/1.1 to the handler, one connection for each request.

use bytes::Bytes;
use futures::stream;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Frame};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use tokio::net::TcpStream;

/// A body with a length.
pub(crate) fn whole(body: Bytes) -> Full<Bytes> {
    Full::new(body)
}

/// A body in pieces, without a length: it goes out with `Transfer-Encoding: chunked`.
pub(super) fn chunked(body: &[u8]) -> impl Body<Data = Bytes, Error = Infallible> + Send + 'static {
    let pieces: Vec<_> = body.chunks(1000).map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece)))).collect();
    StreamBody::new(stream::iter(pieces))
}

/// Sends the request to the handler on this port; the error is a connection that was refused or broke.
pub(crate) async fn send<B>(port: u16, request: Request<B>) -> Result<Response<Bytes>, String>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + Unpin + 'static,
{
    let text = |error: &dyn std::error::Error| error.to_string();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|error| text(&error))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| text(&error))?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| text(&error))?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| text(&error))?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(parts, body))
}
