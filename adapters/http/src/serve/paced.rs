//! A connection with a clock: a head, a body and a pause each have their time, and so has a reader who reads nothing.

use std::{
    future::Future as _,
    io::{self, ErrorKind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, Bytes};
use futures::task::AtomicWaker;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use crate::settings::Pace;

const HEAD: u8 = 0;
const ANSWERING: u8 = 1;
const IDLE: u8 = 2;

/// What a connection is waiting for; shared by its reader and its requests.
#[derive(Clone, Debug)]
pub(super) struct Phase(Arc<State>);

#[derive(Debug)]
struct State {
    phase: AtomicU8,
    reader: AtomicWaker,
}

impl Phase {
    pub(super) fn reading_head() -> Self {
        Self(Arc::new(State { phase: AtomicU8::new(HEAD), reader: AtomicWaker::new() }))
    }

    pub(super) fn answering(&self) {
        self.0.phase.store(ANSWERING, Ordering::Release);
    }

    fn reading(&self) {
        self.0.phase.store(HEAD, Ordering::Release);
    }

    /// The answer is sent: the reader's clock runs again, although nothing has come in.
    fn answered(&self) {
        self.0.phase.store(IDLE, Ordering::Release);
        self.0.reader.wake();
    }

    fn get(&self) -> u8 {
        self.0.phase.load(Ordering::Acquire)
    }
}

/// The stream of a connection, which gives up when the other end takes too long.
pub(super) struct Paced {
    stream: TcpStream,
    phase: Phase,
    seen: u8,
    pace: Pace,
    reading: Pin<Box<Sleep>>,
    writing: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    pub(super) fn new(stream: TcpStream, phase: Phase, pace: Pace) -> Self {
        let reading = Box::pin(sleep_until(Instant::now() + pace.head));
        Self { stream, phase, seen: HEAD, pace, reading, writing: None }
    }

    fn enter(&mut self, phase: u8) {
        let time = if phase == HEAD { self.pace.head } else { self.pace.idle };
        self.seen = phase;
        self.reading.as_mut().reset(Instant::now() + time);
    }

    fn stalled(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let time = self.pace.request;
        let writing = self.writing.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + time)));
        writing.as_mut().poll(context).map(|()| io::Error::from(ErrorKind::TimedOut))
    }

    fn written<T>(&mut self, context: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match done {
            Poll::Ready(result) => {
                self.writing = None;
                Poll::Ready(result)
            }
            Poll::Pending => self.stalled(context).map(Err),
        }
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.phase.0.reader.register(context.waker());
        let phase = self.phase.get();
        if phase != self.seen {
            self.enter(phase);
        }
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(result) => {
                if phase == IDLE && buffer.filled().len() > before {
                    self.phase.reading();
                    self.enter(HEAD);
                }
                Poll::Ready(result)
            }
            Poll::Pending if phase == ANSWERING => Poll::Pending,
            Poll::Pending => {
                ready!(self.reading.as_mut().poll(context));
                Poll::Ready(Err(ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl AsyncWrite for Paced {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.written(context, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A body did not arrive in its time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
pub struct TooSlow;

/// A request's body, which must arrive in its time.
pub(super) struct SlowBody {
    inner: Incoming,
    until: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl SlowBody {
    pub(super) fn new(inner: Incoming, time: Duration) -> Self {
        Self { inner, until: Instant::now() + time, timer: None }
    }
}

impl HttpBody for SlowBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(Into::into))),
            Poll::Pending => {
                let until = self.until;
                let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
                timer.as_mut().poll(context).map(|()| Some(Err(TooSlow.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// An answer's body; when it has been sent, the connection waits for the next request.
pub(super) struct Answering {
    inner: Body,
    phase: Phase,
}

impl Answering {
    pub(super) fn new(inner: Body, phase: Phase) -> Self {
        Self { inner, phase }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.phase.answered();
    }
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
