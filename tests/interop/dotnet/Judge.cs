using System;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

// Finds a certificate by thumbprint in CurrentUser\My, as Connect-ExchangeOnline would, and signs with it.
static class Judge
{
    static int Main(string[] arguments)
    {
        using (var store = new X509Store(StoreName.My, StoreLocation.CurrentUser))
        {
            store.Open(OpenFlags.ReadOnly);
            var found = store.Certificates.Find(X509FindType.FindByThumbprint, arguments[0], false);
            if (found.Count != 1) { Console.WriteLine("found " + found.Count + " of " + store.Certificates.Count); return 1; }
            var certificate = found[0];
            if (!certificate.HasPrivateKey) { Console.WriteLine("no private key"); return 1; }
            var message = Encoding.ASCII.GetBytes("exoctl");
            using (var key = certificate.GetRSAPrivateKey())
            {
                var signature = key.SignData(message, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
                using (var publicKey = certificate.GetRSAPublicKey())
                    if (!publicKey.VerifyData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)) return 1;
            }
            Console.WriteLine("signed as " + certificate.Subject);
            return 0;
        }
    }
}
