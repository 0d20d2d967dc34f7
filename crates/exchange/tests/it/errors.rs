//! Every shape in which the service says no.

use exoctl_exchange::{CmdletError, ErrorKind, InvokeError};

use crate::script::{Script, Step, answer, call, connection, error_of, with_headers};

async fn error(cmdlet: &str, step: Step) -> InvokeError {
    let script = Script::new([step]);
    let error = error_of(&connection(&script), call(cmdlet)).await;
    assert_eq!(script.left(), 0);
    error
}

fn told(error: &InvokeError) -> &CmdletError {
    error.cmdlet_error().expect("the service said something")
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_missing() {
    let body = r##"{"error":{"code":"NotFound","message":"Error executing cmdlet",
  "details":[{"code":"Context","target":"","message":"Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object 'x' couldn't be found on 'AM0PR01A001DC01.EURPR01A001.PROD.OUTLOOK.COM'."}],
  "innererror":{"message":"Error executing cmdlet","type":"Microsoft.Exchange.Admin.OData.Core.ODataServiceException","stacktrace":"   at ...",
    "internalexception":{"message":"Exception of type 'Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException' was thrown.","type":"Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException","stacktrace":""}},
  "adminapi.warnings@odata.type":"#Collection(String)","@adminapi.warnings":["Careful."]}}"##;
    let headers = [
        ("request-id", "0d3a2a5c-1111-4a4a-8b8b-000000000001"),
        ("X-CalculatedBETarget", "AM0PR01MB0001.eurprd01.prod.outlook.com"),
        ("Date", "Thu, 23 Jul 2026 12:00:00 GMT"),
        ("x-ExceptionType", "ManagementObjectNotFoundException"),
    ];
    let error = error("Get-Mailbox", with_headers(404, &headers, body)).await;
    assert_eq!(error.to_string(), "Get-Mailbox failed in contoso.onmicrosoft.com");
    assert_eq!(error.kind(), ErrorKind::Failed);
    let told = told(&error);
    assert_eq!(
        told.message,
        "The operation couldn't be performed because object 'x' couldn't be found on 'AM0PR01A001DC01.EURPR01A001.PROD.OUTLOOK.COM'."
    );
    assert_eq!(told.id.as_deref(), Some("Ex6F9304"));
    assert_eq!(told.exception_name(), Some("ManagementObjectNotFoundException"));
    assert_eq!(told.category.as_deref(), Some("Context"));
    assert_eq!(told.code.as_deref(), Some("NotFound"));
    assert_eq!(told.target, None);
    assert_eq!(told.warnings, ["Careful."]);
    assert!(told.is_not_found());
    assert_eq!(
        told.trace.to_string(),
        "Server=AM0PR01MB0001,RequestId=0d3a2a5c-1111-4a4a-8b8b-000000000001,TimeStamp=Thu, 23 Jul 2026 12:00:00 GMT"
    );
    assert_eq!(told.trace.status, 404);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_parameter_has_no_id() {
    let body = r#"{"error":{"code":"BadRequest","message":"Invalid Operation","details":[{"code":"Client","target":"","message":"|Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException|Parameter set cannot be resolved using the specified named parameters. Invalid cmdlet parameters specified. BogusParameter"}]}}"#;
    let error = error("Get-QuarantineMessage", answer(400, body)).await;
    let told = told(&error);
    assert_eq!(told.id, None);
    assert_eq!(told.exception_name(), Some("AmbiguousParameterSetException"));
    assert!(told.message.ends_with("specified. BogusParameter"), "{}", told.message);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_value_is_told_by_the_internal_exception() {
    let body = r#"{"error":{"code":"BadRequest","message":"Invalid Operation","innererror":{"message":"Invalid Operation","type":"x","internalexception":{"message":"Cannot process argument transformation on parameter 'QuarantineTypes'. Cannot convert value \"Nonsense\" to type \"QuarantineMessageTypeEnum[]\".","type":"Microsoft.Exchange.AdminApi.CommandInvocation.ParameterTransformationException","stacktrace":""}}}}"#;
    let error = error("Get-QuarantineMessage", answer(400, body)).await;
    let told = told(&error);
    assert_eq!(told.exception_name(), Some("ParameterTransformationException"));
    assert!(told.message.starts_with("Cannot process argument transformation"));
    assert_eq!(told.category, None);
}

#[tokio::test(start_paused = true)]
async fn an_exception_may_be_json_in_a_string() {
    let detail = r#"{"ClassName":"Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException","Message":"Couldn't find object \"x\".","localizedString":{"stringId":"Ex94914C"}}"#;
    let body = serde_json::json!({ "error": { "code": "BadRequest", "message": "Error executing cmdlet",
        "details": [{ "code": 13, "target": "x", "message": detail }] } });
    let error = error("Get-Mailbox", answer(400, body.to_string())).await;
    let told = told(&error);
    assert_eq!(told.message, "Couldn't find object \"x\".");
    assert_eq!(told.id.as_deref(), Some("Ex94914C"));
    assert_eq!(told.category.as_deref(), Some("13"));
    assert_eq!(told.target.as_deref(), Some("x"));
    assert!(told.is_not_found());

    let other = r#"{"Message":"Recipient exists.","TypeName":"Microsoft.Exchange.ADObjectAlreadyExistsException","StackTrace":"","InnerError":null}"#;
    let body = serde_json::json!({ "error": { "details": [{ "message": other }] } });
    let error = self::error("New-Mailbox", answer(400, body.to_string())).await;
    assert!(self::told(&error).is_already_there());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_nul_bytes_that_claims_to_be_gzip() {
    let headers = [
        ("Content-Encoding", "gzip"),
        ("x-ms-diagnostics", "2000008;reason=\"The user is not allowed.\""),
    ];
    let error = error("Get-Mailbox", with_headers(403, &headers, vec![0_u8; 4096])).await;
    assert!(matches!(error, InvokeError::Forbidden { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(told(&error).message, "2000008;reason=\"The user is not allowed.\"");

    let silent = self::error("Get-Mailbox", answer(403, vec![0_u8; 4096])).await;
    assert_eq!(told(&silent).message, "the service gave no reason");
}

#[tokio::test(start_paused = true)]
async fn compliance_refuses_with_a_sentence() {
    let body =
        r#"{"error":{"code":"Forbidden","message":"User is not allowed to call Get-RoleGroup"}}"#;
    let error = error("Get-RoleGroup", answer(403, body)).await;
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(told(&error).message, "User is not allowed to call Get-RoleGroup");
}

#[tokio::test(start_paused = true)]
async fn a_missing_directory_role_is_recognised_wherever_it_stands() {
    let text = "The role assigned to application 36ee4c6c-0812-40a2-b820-b22ebd02bce3 isn't supported in this scenario. Please check online documentation for assigning correct Directory Roles to Azure AD Application for EXO App-Only Authentication.";
    let json = serde_json::json!({ "error": { "code": "Forbidden", "message": text } });
    for step in [answer(403, json.to_string()), answer(400, text)] {
        let error = error("Get-Mailbox", step).await;
        assert!(matches!(error, InvokeError::RoleNotSupported { .. }), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Permission);
        assert_eq!(told(&error).message, text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_success_may_hold_an_error() {
    let body = r#"{"error":{"code":"BadRequest","message":"Not really."}}"#;
    let error = error("Get-Mailbox", answer(200, body)).await;
    assert!(matches!(error, InvokeError::Cmdlet { .. }), "{error:?}");
    assert_eq!(told(&error).message, "Not really.");
}

#[tokio::test(start_paused = true)]
async fn plain_text_and_nothing_are_no_reason_to_panic() {
    let text = error("Get-Mailbox", answer(400, "Bad thing.\r\n")).await;
    assert_eq!(told(&text).message, "Bad thing.");
    for body in [&b""[..], b"{", b"{\"error\":{}}", b"{\"error\":null}", b"[]", b"\xff\xfe"] {
        let error = error("Set-Mailbox", answer(400, body)).await;
        assert_eq!(error.kind(), ErrorKind::Failed, "{body:?}");
    }
}

#[tokio::test]
async fn a_wrong_result_size_is_never_sent() {
    let script = Script::new([]);
    let error = error_of(&connection(&script), call("Get-Mailbox").with("ResultSize", 0)).await;
    assert_eq!(error.kind(), ErrorKind::Usage);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "ResultSize must be greater than 0");
}
