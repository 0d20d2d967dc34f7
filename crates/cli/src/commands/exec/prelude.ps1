# Connects with a short-lived access token, and again before it expires. The key stays with exoctl:
# `exoctl exec` gives IDENTITY_ENDPOINT and IDENTITY_HEADER for as long as the script runs.

$global:ExoctlExec = @{ RenewAt = 0; Busy = $false }

# A token for a resource, by default that of the connection.
function global:Get-ExoctlToken {
    param([string] $Resource = $env:EXOCTL_EXEC_RESOURCE)
    $request = @{
        Method  = 'Get'
        Uri     = '{0}?api-version=2019-08-01&resource={1}' -f $env:IDENTITY_ENDPOINT, [uri]::EscapeDataString($Resource)
        Headers = @{ 'X-IDENTITY-HEADER' = $env:IDENTITY_HEADER }
    }
    # The header is for this machine and for no proxy.
    if ($PSVersionTable.PSVersion.Major -ge 6) { $request.NoProxy = $true }
    Invoke-RestMethod @request
}

# Connects, if it is time to. Call it within long loops, or leave it to the hook below.
function global:Connect-Exoctl {
    $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
    if ($global:ExoctlExec.Busy -or $now -lt $global:ExoctlExec.RenewAt) { return }
    $global:ExoctlExec.Busy = $true
    try {
        $answer = Get-ExoctlToken
        $connection = @{
            AccessToken  = $answer.access_token
            Organization = $env:EXOCTL_EXEC_ORGANIZATION
            ErrorAction  = 'Stop'
        }
        if ($env:EXOCTL_EXEC_SERVICE -eq 'compliance') {
            Connect-IPPSSession @connection
        }
        else {
            if ($env:EXOCTL_EXEC_CLOUD) { $connection.ExchangeEnvironmentName = $env:EXOCTL_EXEC_CLOUD }
            Connect-ExchangeOnline @connection -ShowBanner:$false
        }
        # exoctl has a new token five minutes before the old one expires.
        $global:ExoctlExec.RenewAt = [Math]::Max([long] $answer.expires_on - 240, $now + 30)
    }
    finally {
        $global:ExoctlExec.Busy = $false
    }
}

# Looks at the time before each command, and no further while there is enough left.
$ExecutionContext.InvokeCommand.PreCommandLookupAction = {
    param($Name, $Lookup)
    $exec = $global:ExoctlExec
    if ($exec.RenewAt -eq 0 -or $exec.Busy -or $Lookup.CommandOrigin -ne 'Runspace') { return }
    if ([DateTimeOffset]::UtcNow.ToUnixTimeSeconds() -ge $exec.RenewAt) { Connect-Exoctl }
}
