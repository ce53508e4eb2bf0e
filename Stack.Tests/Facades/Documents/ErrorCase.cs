namespace UserNet.Tests.Facades.Documents;

/// <summary>How an error that a document lists is brought about through the face that follows the document.</summary>
/// <param name="Document">POSIX, Winsock, WSP, WSK or .NET.</param>
/// <param name="Call">The call whose page lists it.</param>
/// <param name="Code">Its name, as the page has it.</param>
/// <param name="Condition">When it comes, word for word as in the table of documented errors.</param>
/// <param name="BringAbout">Makes the calls and says which code came.</param>
internal sealed record ErrorCase(string Document, string Call, string Code, string Condition, Func<string> BringAbout)
{
    /// <summary>All there are.</summary>
    public static IReadOnlyList<ErrorCase> All { get; } =
    [
        .. PosixBindCases.All, .. PosixCallCases.All, .. UnixCases.All, .. DotNetCases.All, .. WinsockBindCases.All, .. WinsockCallCases.All, .. ConnectExCases.All, .. ConnectByListCases.All,
        .. ProviderBindCases.All, .. WskCases.All, .. SharingCases.All,
    ];

    /// <summary>By which a case and a row of the table are told to be of one error.</summary>
    public string Key => DocumentedError.KeyOf(Document, Call, Code, Condition);
}
