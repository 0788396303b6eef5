//! The plans of prepared queries: what a test asks of all that seek the same.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

/// Each prepared query that is meant, with its plan on that connection, whatever is asked of it.
pub async fn plans(connection: &mut PgConnection, is_meant: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut plans = Vec::new();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.sqlx")).unwrap() {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        let query = file["query"].as_str().unwrap();
        if !is_meant(query) {
            continue;
        }
        connection.execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
        connection.execute(AssertSqlSafe(format!("PREPARE sought AS {query}"))).await.unwrap();
        let given = vec!["NULL"; file["describe"]["parameters"]["Left"].as_array().unwrap().len()].join(", ");
        let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE sought ({given})"));
        let plan: Vec<String> = sqlx::query_scalar(explain).fetch_all(&mut *connection).await.unwrap();
        connection.execute("DEALLOCATE sought").await.unwrap();
        plans.push((query.to_owned(), plan.join("\n")));
    }
    plans
}
