//! Bodies, compared with literal ones.

use http::StatusCode;
use serde_json::json;

use super::desk::Desk;

#[tokio::test]
async fn a_mailbox_row_has_the_recorded_fragments() {
    let desk = Desk::new(50);
    let answer = desk.run("get-mailbox", json!({"Identity": "adele@contoso.com"})).await;
    let text = answer.text();
    let start = format!(
        "{{\"@odata.context\":\"https://outlook.office365.com/adminapi/beta/{}/$metadata#Collection(Exchange.GenericHashTable)\",\"adminapi.warnings@odata.type\":\"#Collection(String)\",\"@adminapi.warnings\":[],\"value\":[{{\"Database\":\"",
        desk.tenant.id()
    );
    assert!(text.starts_with(&start), "{text}");
    for fragment in [
        r##""DatabaseGuid@data.type":"System.Guid","DatabaseGuid@odata.type":"#Guid","DatabaseGuid":""##,
        r#""LitigationHoldEnabled":false"#,
        r#""LitigationHoldDuration":"Unlimited""#,
        r#""RetainDeletedItemsFor":"14.00:00:00""#,
        r#""ProhibitSendQuota":"99 GB (106,300,440,576 bytes)""#,
        r#""ForwardingSmtpAddress":null"#,
        r#""AuditEnabled":true,"AuditLogAgeLimit":"90.00:00:00""#,
        r##""EmailAddresses@odata.type":"#Collection(String)","EmailAddresses":["smtp:adele@contoso.onmicrosoft.com","##,
        r#""SIP:adele@contoso.com","SMTP:adele@contoso.com"]"#,
        r#""RecipientTypeDetails":"UserMailbox""#,
        r#""WhenCreated@data.type":"System.DateTime","WhenCreated":""#,
        r#""Identity":"adele","IsValid":true,"ExchangeVersion":"0.20 (15.0.0.0)""#,
    ] {
        assert!(text.contains(fragment), "{fragment} is not in {text}");
    }
    let row = &answer.rows()[0];
    let created = row["WhenCreated"].as_str().unwrap();
    assert!(created.ends_with(".0000000+00:00"), "{created}");
    assert!(row["WhenCreatedUTC"].as_str().unwrap().ends_with(".0000000Z"));
    assert!(row.as_object().unwrap().len() > 250, "{}", row.as_object().unwrap().len());
    assert_eq!(
        answer.header("content-type"),
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
    );
    assert_eq!(answer.header("odata-version"), "4.0");
}

#[tokio::test]
async fn select_trims_rows() {
    let desk = Desk::new(50);
    let path = desk.path("InvokeCommand?$select=Alias,ExchangeGuid");
    let answer =
        desk.post(&path, &super::desk::body("Get-Mailbox", json!({"Identity": "adele"}))).await;
    let row = &answer.rows()[0];
    let keys: Vec<&String> = row.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["ExchangeGuid@data.type", "ExchangeGuid@odata.type", "ExchangeGuid", "Alias"]
    );
}

#[tokio::test]
async fn a_missing_object_is_404_in_pipe_form() {
    let desk = Desk::new(50);
    let answer = desk.run("Get-Mailbox", json!({"Identity": "nobody"})).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let mut body = answer.json();
    let details = body["error"]["details"][0]["message"].take();
    let details = details.as_str().unwrap();
    assert!(
        details.starts_with("Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object 'nobody' couldn't be found on '"),
        "{details}"
    );
    body["error"]["innererror"]["stacktrace"].take();
    assert_eq!(
        body,
        json!({"error": {
            "code": "NotFound",
            "message": "Error executing cmdlet",
            "details": [{"code": "Context", "target": "", "message": null}],
            "innererror": {
                "message": "Error executing cmdlet",
                "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
                "stacktrace": null,
                "internalexception": {
                    "message": "Exception of type 'Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException' was thrown.",
                    "type": "Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException",
                    "stacktrace": "",
                },
            },
            "adminapi.warnings@odata.type": "#Collection(String)",
            "@adminapi.warnings": [],
        }})
    );
}

#[tokio::test]
async fn an_unknown_parameter_is_named() {
    let desk = Desk::new(50);
    let answer = desk.run("Get-Mailbox", json!({"BogusParameter": 1})).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let error = &answer.json()["error"];
    assert_eq!(error["message"], "Invalid Operation");
    assert_eq!(
        error["details"],
        json!([{"code": "Client", "target": "", "message": "|Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException|Parameter set cannot be resolved using the specified named parameters. Invalid cmdlet parameters specified. BogusParameter"}])
    );
    assert_eq!(
        error["innererror"]["internalexception"]["message"],
        "Parameter set cannot be resolved using the specified named parameters. Invalid cmdlet parameters specified. BogusParameter"
    );
}

#[tokio::test]
async fn a_wrong_enumeration_member_gets_the_list_of_right_ones() {
    let desk = Desk::new(50);
    let answer =
        desk.run("Get-UnifiedGroupLinks", json!({"Identity": "x", "LinkType": "Nonsense"})).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let error = &answer.json()["error"];
    assert!(error.get("details").is_none(), "{error}");
    let inner = &error["innererror"]["internalexception"];
    assert_eq!(
        inner["type"],
        "Microsoft.Exchange.AdminApi.CommandInvocation.ParameterTransformationException"
    );
    assert_eq!(
        inner["message"],
        "Cannot process argument transformation on parameter 'LinkType'. Cannot convert value \"Nonsense\" to type \"Microsoft.Exchange.Management.RecipientTasks.LinkType\". Error: \"Unable to match the identifier name Nonsense to a valid enumerator name. Specify one of the following enumerator names and try again: Members, Owners, Subscribers, Aggregators\""
    );
}

#[tokio::test]
async fn values_are_bound_as_powershell_binds_them() {
    let desk = Desk::new(200);
    // The beginning of a member is enough, names are in any case, a number may be text.
    let rows = desk
        .run("GET-MAILBOX", json!({"recipienttypedetails": "Shared", "resultsize": "2"}))
        .await
        .rows();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["RecipientTypeDetails"] == "SharedMailbox"));
    for (cmdlet, parameters) in [
        ("Get-MailboxPermission", json!({})),
        (
            "Set-Mailbox",
            json!({"Identity": "adele", "EmailAddresses": {"Add": "smtp:x@contoso.com"}}),
        ),
        ("Set-Mailbox", json!({"Identity": "adele", "AuditEnabled": "perhaps"})),
        ("Get-Mailbox", json!({"ResultSize": 0})),
        ("Get-Mailbox", json!({"ResultSize": -5})),
        ("Get-Mailbox", json!({"Identity": "adele", "Anr": "a"})),
        ("New-Mailbox", json!({"Name": "x", "Shared": true, "Room": true})),
        (
            "New-Mailbox",
            json!({"Name": "x", "MicrosoftOnlineServicesID": "x@contoso.com", "Password": "bm8="}),
        ),
    ] {
        let answer = desk.run(cmdlet, parameters.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{cmdlet} {parameters}");
        assert_eq!(answer.json()["error"]["message"], "Invalid Operation", "{cmdlet} {parameters}");
    }
}

#[tokio::test]
async fn an_ambiguous_identity_says_so() {
    let desk = Desk::new(40_000);
    let answer = desk.run("Get-Mailbox", json!({"ResultSize": 1})).await;
    assert_eq!(answer.rows().len(), 1);
    // Somebody beyond the number of different names shares theirs with somebody before.
    let mailbox = desk.tenant.exchange.read().mailboxes.get(30_004).unwrap();
    let name = mailbox.names().display.clone();
    let answer = desk.run("Get-Mailbox", json!({"Identity": name})).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text().contains("ManagementObjectAmbiguousException"), "{}", answer.text());
}

#[tokio::test]
async fn permissions_have_the_recorded_shape() {
    let desk = Desk::new(50);
    let answer = desk.run("Get-MailboxPermission", json!({"Identity": "adele"})).await;
    let start = r#"[{"User":"NT AUTHORITY\\SELF","AccessRights":["FullAccess, ReadPermission"],"Deny":false,"IsInherited":false,"UserSid":"S-1-5-10","PrimarySmtpAddress":"""#;
    assert!(answer.text().contains(start), "{}", answer.text());
    let answer = desk.run("Get-RecipientPermission", json!({"Identity": "adele"})).await;
    let row = &answer.rows()[0];
    assert_eq!(row["Trustee"], "NT AUTHORITY\\SELF");
    assert_eq!(row["AccessRights"], json!(["SendAs"]));
    assert_eq!(row["TrusteeSidString"], "S-1-5-10");
}
