//! The browser's end of a kept connection, as cheap as it can be: it shares the machine with what it measures.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Fallible;

/// A connection that stays open between requests.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer<'a> {
    pub status: u16,
    pub head: &'a str,
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The values of the headers of that name, given in lower case.
    pub fn headers<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        headers(self.head, name)
    }
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Fallible<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a whole request and waits for the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> Fallible<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let end = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
        };
        let head = std::str::from_utf8(&self.buffer[..end])?;
        let length = headers(head, "content-length").next();
        let whole = end + 4 + length.map_or(Ok(0), str::parse::<usize>)?;
        if headers(head, "transfer-encoding").next().is_some() {
            return Err("the answer has no length".into());
        }
        while self.buffer.len() < whole {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection in the middle of an answer".into());
            }
        }
        let head = std::str::from_utf8(&self.buffer[..end])?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no status")?;
        Ok(Answer { status, head, body: &self.buffer[end + 4..whole] })
    }

    /// Sends a request that asks for the connection to be closed, and counts what comes until then: bytes, and lines of them.
    pub async fn drain(mut self, request: &[u8]) -> Fallible<(u64, u64)> {
        self.stream.write_all(request).await?;
        let (mut bytes, mut lines, mut begin) = (0, 0, Vec::new());
        loop {
            self.buffer.clear();
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                break;
            }
            begin.extend_from_slice(&self.buffer[..self.buffer.len().min(16_usize.saturating_sub(begin.len()))]);
            bytes += self.buffer.len() as u64;
            lines += self.buffer.split(|byte| *byte == b'\n').count() as u64 - 1;
        }
        if begin.starts_with(b"HTTP/1.1 200") { Ok((bytes, lines)) } else { Err("the stream was refused".into()) }
    }
}

fn headers<'a>(head: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    pairs.filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
