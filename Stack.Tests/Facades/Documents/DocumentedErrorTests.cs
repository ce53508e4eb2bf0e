using Xunit;

namespace UserNet.Tests.Facades.Documents;

/// <summary>Each error of each document that the faces follow comes, through its own face, where the document says so.</summary>
public sealed class DocumentedErrorTests
{
    public static TheoryData<string> Keys => [.. ErrorCase.All.Select(static one => one.Key)];

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_documented_error_comes_where_the_document_says(string error)
    {
        ErrorCase known = ErrorCase.All.Single(one => one.Key == error);
        Assert.Equal(known.Code, known.BringAbout());
    }

    [Fact]
    public void Every_documented_error_has_a_case_or_a_reason_and_every_case_is_documented()
    {
        HashSet<string> cases = [.. ErrorCase.All.Select(static one => one.Key)];
        HashSet<string> rows = [.. DocumentedError.All.Select(static row => row.Key)];
        Assert.Equal(ErrorCase.All.Count, cases.Count);
        Assert.Equal(DocumentedError.All.Count, rows.Count);
        Assert.Empty(DocumentedError.All.Where(row => row.Comes && !cases.Contains(row.Key)).Select(static row => $"no case: {row.Key}"));
        Assert.Empty(ErrorCase.All.Where(one => !rows.Contains(one.Key)).Select(static one => $"not documented: {one.Key}"));
        Assert.Empty(DocumentedError.All.Where(row => !row.Comes && cases.Contains(row.Key)).Select(static row => $"comes after all: {row.Key}"));
    }
}
