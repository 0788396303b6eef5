//! The laws of the port, where nobody pays.

use qualify_unbilled::Unbilled;

qualify_laws::unbilled_laws!(async { Unbilled });
