//! The search's calls and what it makes of doubtful answers; time is tokio's and stands still.

use exoctl_export::{
    Anomaly, Filter, Notes, Period, Query, ReadError, Reading, Source, Stage, Window,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::records::{self, FIRST};
use crate::service::OutOfTurn::{Answer, Breaks};
use crate::service::{OutOfTurn, Service};

fn many(count: u64) -> Vec<(i64, String)> {
    let record = |nth: u64| {
        let second = FIRST + (nth % 3600) as i64;
        (second, records::audit_data(nth, second))
    };
    (0..count).map(record).collect()
}

fn hour() -> Window {
    let period = Period::of_seconds(FIRST, FIRST + 3600).unwrap();
    let filter = Filter {
        record_type: Some("15".into()),
        operations: vec!["UserLoggedIn".into()],
        user_ids: vec!["adele@contoso.com".into()],
    };
    Window { period, filter }
}

/// Reads an hour whose service gives these answers out of turn.
async fn read(
    held: u64,
    out_of_turn: impl IntoIterator<Item = OutOfTurn>,
) -> (Result<Reading, ReadError>, usize, Vec<Value>) {
    let service = Service::new(many(held));
    service.out_of_turn.lock().unwrap().extend(out_of_turn);
    let source = service.source();
    let spill = TempDir::new().unwrap();
    let window = hour();
    let mut stage = Stage::new(Some(window.period), spill.path());
    let mut notes = Notes::default();
    let reading = source.read(&window, &mut stage, &mut notes).await;
    let asked = service.asked.lock().unwrap().clone();
    assert_eq!(notes.calls as usize, asked.len(), "a call of a session is sent once");
    (reading, stage.len(), asked)
}

fn rows(rows: &Value) -> OutOfTurn {
    Answer(200, json!({ "value": rows }))
}

#[tokio::test]
async fn every_page_is_asked_for_with_all_parameters() {
    let (reading, records, asked) = read(12_000, []).await;
    assert_eq!((reading.unwrap(), records), (Reading::Whole, 12_000));
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|parameters| *parameters == asked[0]));
    let session = asked[0]["SessionId"].as_str().unwrap();
    assert_eq!(
        asked[0],
        json!({
            "StartDate": "2026-10-01T00:00:00",
            "EndDate": "2026-10-01T01:00:00",
            "SessionId": session,
            "SessionCommand": "ReturnLargeSet",
            "ResultSize": 5000,
            "HighCompleteness": true,
            "RecordType": "15",
            "Operations": ["UserLoggedIn"],
            "UserIds": ["adele@contoso.com"],
        })
    );
    assert!(uuid::Uuid::try_parse(session).is_ok());
}

#[tokio::test]
async fn an_empty_window_is_believed_when_two_sessions_say_so() {
    let (reading, records, asked) = read(0, []).await;
    assert_eq!((reading.unwrap(), records), (Reading::Whole, 0));
    let mut sessions: Vec<&str> = asked.iter().filter_map(|p| p["SessionId"].as_str()).collect();
    sessions.dedup();
    assert_eq!((asked.len(), sessions.len()), (4, 2));

    let nothing = || rows(&json!([]));
    let (reading, ..) = read(10, [nothing(), nothing()]).await;
    assert!(matches!(reading, Err(ReadError::Anomaly { anomaly: Anomaly::Disagreement, .. })));
}

#[tokio::test(start_paused = true)]
async fn what_casts_doubt_is_an_anomaly_and_nothing_is_sent_again() {
    let bogus = json!([{ "AuditData": "{}", "ResultIndex": -1, "ResultCount": 0 }]);
    let error = json!({"error":{"code":"BadRequest","message":"|System.Exception|One or more errors occurred.",
        "details":[{"code":"Context","message":"Ex6F9304|System.Exception|One or more errors occurred."}]}});
    let table: [(&str, OutOfTurn, Anomaly); 6] = [
        ("a time-out", rows(&bogus), Anomaly::Bogus),
        (
            "a warning",
            Answer(200, json!({"value": [], "@adminapi.warnings": ["A task was canceled."]})),
            Anomaly::Partial,
        ),
        ("a broken connection", Breaks, Anomaly::Unanswered),
        ("a server that is not well", Answer(503, json!("later")), Anomaly::Unanswered),
        ("a failure of the cmdlet", Answer(400, error), Anomaly::Refused),
        ("no rows", rows(&json!(["text"])), Anomaly::Unreadable),
    ];
    for (name, answer, expected) in table {
        let (reading, ..) = read(10, [answer]).await;
        match reading {
            Err(ReadError::Anomaly { anomaly, .. }) => assert_eq!(anomaly, expected, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_no_repetition_changes_stops_the_export() {
    let refused = |status, exception: &str, text: &str| {
        let message = format!("Ex6F9304|{exception}|{text}");
        let details = json!([{ "code": "Client", "message": message }]);
        let code = if status == 403 { "Forbidden" } else { "BadRequest" };
        Answer(status, json!({ "error": { "code": code, "message": message, "details": details } }))
    };
    let transformation =
        "Microsoft.Exchange.AdminApi.CommandInvocation.ParameterTransformationException";
    for answer in [
        refused(403, "System.UnauthorizedAccessException", "No."),
        refused(400, transformation, "Cannot convert value \"x\" to type \"DateTime\"."),
    ] {
        let (reading, ..) = read(10, [answer]).await;
        assert!(matches!(reading, Err(ReadError::Stopped(_))), "{reading:?}");
    }
    let (reading, ..) = read(
        10,
        [refused(
            400,
            "System.ArgumentException",
            "Audit log search argument startDate should be after 10/1/2026 12:30:00 AM UTC.",
        )],
    )
    .await;
    match reading {
        Err(ReadError::BeforeRetention { horizon }) => {
            assert_eq!(horizon.to_string(), "2026-10-01T00:30:00Z");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_survey_tells_how_the_service_behaves() {
    let query = Query::all(hour().period);
    let service = Service::new(many(100));
    let survey = service.source().survey(&query).await.unwrap();
    let told: Vec<String> = survey.behaviour.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let expected = ["highCompleteness=yes", "moreRecordsAvailable=yes", "resultCount=page-size"];
    assert_eq!(told, expected);
    assert_eq!(survey.auditing, Some(true));
    assert_eq!(survey.service_date.unwrap().to_string(), "2026-11-02T12:00:07Z");

    let service = Service::new(many(100));
    let message = "Ex1|System.Management.Automation.ParameterBindingException|A parameter cannot be found that matches parameter name 'HighCompleteness'.";
    let details = json!([{ "code": "Client", "message": message }]);
    let refusal =
        json!({ "error": { "code": "BadRequest", "message": message, "details": details } });
    service.out_of_turn.lock().unwrap().push_back(Answer(400, refusal));
    let source = service.source();
    let survey = source.survey(&query).await.unwrap();
    assert_eq!(survey.behaviour["highCompleteness"], "no");
    let asked = service.asked.lock().unwrap().clone();
    assert!(
        asked[0].get("HighCompleteness").is_some() && asked[1].get("HighCompleteness").is_none()
    );
}
