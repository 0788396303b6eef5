mod members;

use qualify_domain::{
    operator_request::{OperatorRequest, Passage, Sender},
    rights_request::Refusal,
    slug::Slug,
    text::{Email, Message},
};
use qualify_usecases::{Broken, Error, OperatorRequests, RegisterRequest};

use crate::{
    Failure,
    cli::{Received, RequestsCommand},
    config::{Config, Purpose, Sources},
    log, say,
    wire::{self, System},
};

/// Keeps the list of requests that reached the operator, passes them on (DSR-2), and answers those of members.
pub(super) async fn run(sources: &Sources, command: RequestsCommand) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Run)?;
    log::start(&config.section("log"))?;
    let system = System::build(&config, &wire::database(&config)?)?;
    let requests = OperatorRequests::new(&system.ports, system.options.clone());
    match command {
        RequestsCommand::Receive(received) => {
            let request = requests.receive(read(&received)?).await.map_err(failed)?;
            say::line(request.id);
            say::aside(format!("to be passed on by {}", request.due().day()));
            // It is registered by now, whether a mail goes or not.
            requests.acknowledge(request.id).await.map_err(unsent)
        }
        RequestsCommand::Forward { id: Some(id), organization, .. } => {
            requests.pass_on(id, &slug(&organization)?).await.map_err(failed)
        }
        RequestsCommand::Forward { organization, kind, from, received, text, language, .. } => {
            let (Some(kind), Some(from), Some(received)) = (kind, from, received) else {
                return Err(Failure::plain("either an id, or --kind, --from and --received are needed"));
            };
            let received = Received { kind, from, received, text, language };
            let id = requests.register_for(read(&received)?, &slug(&organization)?).await.map_err(failed)?;
            say::line(id);
            Ok(())
        }
        RequestsCommand::List => {
            requests.waiting().await.map_err(failed)?.iter().for_each(|request| say::line(brief(request)));
            requests.of_members().await.map_err(failed)?.iter().for_each(|asked| say::line(members::brief(asked)));
            Ok(())
        }
        RequestsCommand::Show { id } => {
            let (asked, user) = requests.of_member(id).await.map_err(failed)?;
            members::lines(&asked, user.as_ref()).into_iter().for_each(say::line);
            Ok(())
        }
        RequestsCommand::Answer { id, text } => {
            requests.answer(id, words("--text", text.as_deref())?).await.map_err(failed)?;
            requests.acknowledge(id).await.map_err(unsent)
        }
        RequestsCommand::Extend { id, reasons } => {
            let reasons = Message::parse(&reasons).map_err(|rule| Failure::option("--reasons", rule))?;
            requests.extend(id, reasons).await.map_err(failed)?;
            requests.acknowledge(id).await.map_err(unsent)
        }
        RequestsCommand::Refuse { id, reason, text } => {
            let reason: Refusal = reason.parse().map_err(|rule| Failure::option("--reason", rule))?;
            requests.refuse(id, reason, words("--text", text.as_deref())?).await.map_err(failed)?;
            requests.acknowledge(id).await.map_err(unsent)
        }
        RequestsCommand::Acknowledge { id } => requests.acknowledge(id).await.map_err(unsent),
        RequestsCommand::Close { id } => requests.close(id).await.map_err(failed),
    }
}

fn read(received: &Received) -> Result<RegisterRequest, Failure> {
    let words = words("--text", received.text.as_deref())?;
    Ok(RegisterRequest {
        right: received.kind.parse().map_err(|rule| Failure::option("--kind", rule))?,
        language: received.language.parse().map_err(|rule| Failure::option("--language", rule))?,
        sender: Sender {
            address: Email::parse(&received.from).map_err(|rule| Failure::option("--from", rule))?,
            words,
        },
        received_at: received.received,
    })
}

fn words(option: &str, said: Option<&str>) -> Result<Option<Message>, Failure> {
    said.map(Message::parse).transpose().map_err(|rule| Failure::option(option, rule))
}

fn slug(word: &str) -> Result<Slug, Failure> {
    Slug::parse(word).map_err(|rule| Failure::option("--organization", rule))
}

/// One line of the list.
fn brief(request: &OperatorRequest) -> String {
    let OperatorRequest { id, right, .. } = request;
    let standing = match &request.passage {
        Passage::Waiting(sender) => format!("waits, from {}", &*sender.address),
        Passage::Passed(_, home, at) => format!("passed on {at} to {home}, not in its register yet"),
        Passage::Entered(home, at) => format!("in the register of {home} since {at}"),
        Passage::Closed(at) => format!("closed {at}"),
    };
    let told = request.acknowledged_at.map_or("not acknowledged", |_| "acknowledged");
    format!("{id}  {}  received {}  due {}  {told}  {standing}", right.code(), request.received_at, request.due().day())
}

fn unsent(error: Error) -> Failure {
    match error {
        Error::NotFound(_) => failed(error),
        error => {
            Failure::because("it is kept, and no mail went; try again: qualify admin requests acknowledge ID")(error)
        }
    }
}

fn failed(error: Error) -> Failure {
    match error {
        Error::NotFound(what) => Failure::plain(format!("there is no such {what}; nothing was changed")),
        Error::Conflict(what) => {
            Failure::plain(format!("the {what} was passed on, closed or answered before; nothing was changed"))
        }
        Error::Rule(Broken::Rights(error)) => Failure::plain(format!("{error}; nothing was changed")),
        Error::Invalid(faults) => Failure::plain(format!("{faults}; nothing was changed")),
        error => Failure::because("the list cannot be reached; is database.url right, and is the server up?")(error),
    }
}
