//! What Qualify CRM means, in plain values and pure functions: no I/O, no async, no framework.
//!
//! Start with [`lead`]: the working record about one person. A [`submission`] is what a visitor sent through a
//! [`form`]; it opens or joins a lead, which stands in a stage of a [`pipeline`] and has [`activity`] entries.
//! What its person agreed to is a [`consent`].
//! [`access`] says who may do what; nothing is read or written without the scope it gives.
//! [`audit`] is the record of what was done, in a chain that shows what was cut.
//! [`retention`] says how long what is kept, and proves that it went.
//! An [`import`] takes people over from a file. A [`job`] is long work that somebody asked for and may leave.
//! A [`rights_request`] is what a person asks about the data that are kept of them, to be answered by its [`deadline`];
//! a [`hold`], a [`restriction`] and [`precedence`] say what may go, and a [`suppression`] to whom nobody writes.
//! A [`member_request`] is what a member asks of the operator about their own account.
//! A [`breach`] of data is logged, and told of in time. The [`agreement`] is what an organization and the operator owe each other.
//! A [`hook`] tells another program of leads.
//! A [`subscription`] says what an organization may do, a [`plan`] how much of it; the [`ledger`] keeps what was paid.
//! [`inventory`] tells of each column what kind of data it is, of whom, and when it goes.
//! [`event`] is what happened, for those who react; [`violation`] is what is wrong with an input.
//! [`text`], [`id`] and [`language`] are the vocabulary all of them share.

pub mod access;
pub mod activity;
pub mod agreement;
pub mod api_key;
pub mod audit;
pub mod breach;
pub mod challenge;
pub mod circumstances;
pub mod closing;
pub mod connection;
pub mod consent;
pub mod csv;
pub mod deadline;
pub mod delivery;
pub mod device;
pub mod digest;
pub mod duplicate;
pub mod erasure;
pub mod event;
pub mod export_run;
pub mod farewell;
pub mod form;
pub mod gone;
pub mod hold;
pub mod holiday;
pub mod hook;
pub mod id;
pub mod import;
pub mod informing;
pub mod inventory;
pub mod invitation;
pub mod job;
pub mod language;
pub mod lead;
pub mod lead_column;
pub mod lead_field;
pub mod lead_filter;
pub mod lead_order;
pub mod ledger;
pub mod login_throttle;
pub mod mail_lane;
pub mod member_request;
pub mod mention;
pub mod merge;
pub mod mfa_policy;
pub mod notification;
pub mod one_time;
pub mod operator_request;
pub mod organization;
pub mod organization_settings;
pub mod passkey;
pub mod password;
pub mod pending_sign_up;
pub mod person;
pub mod person_copy;
pub mod pipeline;
pub mod plan;
pub mod policy_version;
pub mod precedence;
pub mod processing;
pub mod profile;
pub mod property;
pub mod rank;
pub mod reason;
pub mod recovery_code;
pub mod report;
pub mod restriction;
pub mod retention;
pub mod rights_request;
pub mod roster;
pub mod score;
pub mod session;
pub mod signing_key;
pub mod slug;
pub mod spam;
pub mod step_up;
pub mod submission;
pub mod subprocessor;
pub mod subscription;
pub mod support;
pub mod suppression;
pub mod task;
pub mod team;
pub mod text;
pub mod theme;
pub mod totp;
pub mod user;
pub mod view;
pub mod violation;
pub mod working_hours;
pub mod zone;
