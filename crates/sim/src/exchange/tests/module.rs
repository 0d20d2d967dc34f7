//! The module file.

use super::desk::Desk;
use crate::role::DirectoryRole;

async fn script(desk: &Desk) -> String {
    let path = desk.path("EXOModuleFile?Version=3.9.2").replace("/beta/", "/v1.0/");
    let answer = desk.get(&path, &[("CommandName", "*")]).await;
    let files = answer.rows();
    assert_eq!(files[0]["fileName"], "ExchangeOnline.psm1");
    assert!(files[0]["exportedCmdlets"].as_str().unwrap().contains("Get-Mailbox,"));
    files[0]["fileContent"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_module_holds_what_the_roles_permit() {
    let all = script(&Desk::new(50)).await;
    for fragment in [
        "function script:Get-Mailbox\n{\n    [CmdletBinding(DefaultParameterSetName='Identity')]",
        "function script:Remove-Mailbox\n{\n    [CmdletBinding(SupportsShouldProcess=$true, ConfirmImpact='High')]",
        "[Parameter(Mandatory=$true, Position=0, ValueFromPipeline=$true, ValueFromPipelineByPropertyName=$true)]\n    ${Identity}",
        "[securestring]\n    ${Password}",
        "Execute-Command -CmdletName 'Get-Mailbox'",
        "$script:PublicKey = '<RSAKeyValue><Modulus>",
    ] {
        assert!(all.contains(fragment), "{fragment}");
    }
    let reader = script(&Desk::with(50, true, &[DirectoryRole::GlobalReader])).await;
    assert!(reader.contains("function script:Get-Mailbox\n"));
    assert!(!reader.contains("function script:Set-Mailbox\n"));
    let recipients =
        script(&Desk::with(50, true, &[DirectoryRole::ExchangeRecipientAdministrator])).await;
    assert!(recipients.contains("function script:Set-Mailbox\n"));
    assert!(!recipients.contains("function script:Set-OrganizationConfig\n"));
}
