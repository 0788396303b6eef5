//! Asks DNS, for a bounded time.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::RData,
};
use tokio::time::timeout;

use super::Records;

/// A server that is silent is asked once more after so long.
const SILENCE: Duration = Duration::from_secs(2);
/// Nothing is waited for any longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A way to ask DNS.
pub(super) struct Resolver(TokioResolver);

impl Resolver {
    /// Asks the servers that this machine asks, or the one that is told.
    ///
    /// # Errors
    /// Why there is none to ask.
    pub(super) fn new(server: Option<SocketAddr>) -> Result<Self, String> {
        let mut builder = match server {
            Some(server) => TokioResolver::builder_with_config(only(server), TokioRuntimeProvider::default()),
            None => TokioResolver::builder_tokio().map_err(|error| error.to_string())?,
        };
        let options = builder.options_mut();
        (options.timeout, options.attempts) = (SILENCE, 1);
        Ok(Self(builder.build().map_err(|error| error.to_string())?))
    }
}

fn only(server: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    ResolverConfig::from_parts(None, vec![], vec![NameServerConfig::new(server.ip(), true, connections.into())])
}

impl Records for Resolver {
    async fn txt(&self, name: &str) -> Result<Vec<String>, String> {
        // The dot says that nothing of this machine's is put behind.
        let asked = timeout(PATIENCE, self.0.txt_lookup(format!("{name}."))).await;
        match asked.map_err(|_| format!("no answer in {} seconds", PATIENCE.as_secs()))? {
            Ok(found) => Ok(found.answers().iter().filter_map(|record| text(&record.data)).collect()),
            Err(error) if error.is_no_records_found() => Ok(vec![]),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn text(data: &RData) -> Option<String> {
    let RData::TXT(text) = data else { return None };
    Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned())
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::{
        op::{Message, ResponseCode},
        rr::{Record, rdata::TXT},
    };
    use tokio::net::UdpSocket;

    use super::*;

    /// What the server in the test answers.
    #[derive(Clone)]
    enum Answer {
        /// These records, each of several strings.
        Texts(Vec<Vec<String>>),
        /// This code and nothing else.
        Code(ResponseCode),
        /// Bytes that mean nothing.
        Nonsense,
        /// Nothing.
        Silence,
    }

    /// A DNS server that gives everybody the same answer.
    async fn asked(answer: Answer) -> Result<Vec<String>, String> {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let mut bytes = [0; 4_096];
            loop {
                let (length, peer) = socket.recv_from(&mut bytes).await.unwrap();
                if let Some(reply) = reply(&answer, &bytes[..length]) {
                    socket.send_to(&reply, peer).await.unwrap();
                }
            }
        });
        let found = Resolver::new(Some(address)).unwrap().txt("mail._domainkey.example.com").await;
        server.abort();
        found
    }

    fn reply(answer: &Answer, asked: &[u8]) -> Option<Vec<u8>> {
        let asked = Message::from_vec(asked).unwrap();
        let mut reply = Message::response(asked.metadata.id, asked.metadata.op_code);
        reply.metadata.recursion_desired = true;
        reply.metadata.recursion_available = true;
        let query = asked.queries[0].clone();
        assert_eq!(query.name().to_string(), "mail._domainkey.example.com.");
        match answer {
            Answer::Texts(records) => {
                for strings in records {
                    let data = RData::TXT(TXT::new(strings.clone()));
                    reply.add_answer(Record::from_rdata(query.name().clone(), 60, data));
                }
            }
            Answer::Code(code) => reply.metadata.response_code = *code,
            Answer::Nonsense => return Some(vec![1, 2, 3]),
            Answer::Silence => return None,
        }
        reply.add_query(query);
        Some(reply.to_vec().unwrap())
    }

    #[tokio::test]
    async fn mail_6_records_in_several_strings_are_put_together() {
        let long = vec!["v=DKIM1; p=".to_owned(), "A".repeat(255), "B".repeat(140)];
        let records = vec![long.clone(), vec!["another".to_owned()]];
        let mut found = asked(Answer::Texts(records)).await.unwrap();
        found.sort();
        assert_eq!(found, ["another".to_owned(), long.concat()]);
    }

    #[tokio::test]
    async fn mail_6_names_without_records_are_told_from_servers_that_fail() {
        assert_eq!(asked(Answer::Texts(vec![])).await, Ok(vec![]));
        assert_eq!(asked(Answer::Code(ResponseCode::NXDomain)).await, Ok(vec![]));
        assert!(asked(Answer::Code(ResponseCode::ServFail)).await.is_err());
        assert!(asked(Answer::Code(ResponseCode::Refused)).await.is_err());
    }

    #[tokio::test]
    async fn mail_6_servers_that_are_silent_or_talk_nonsense_are_given_up() {
        for answer in [Answer::Silence, Answer::Nonsense] {
            let asked = timeout(PATIENCE * 2, asked(answer)).await;
            assert!(matches!(asked, Ok(Err(_))), "{asked:?}");
        }
    }
}
