using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Running;
using Xunit;

namespace UserNet.Tests.Drill.Running;

/// <summary>Which branch of a script is read, and which words stand for others.</summary>
public sealed class ScriptDefinesTests
{
    private const string Branches = """
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        #ifdef FreeBSD
        +0 close(3) = 0
        #endif
        #ifdef STANDARD
        +0 listen(3, 1) = 0
        #endif
        """;

    [Theory]
    [InlineData(DrillProfile.FreeBsd, "", "close")]
    [InlineData(DrillProfile.FreeBsd, "STANDARD", "listen")]
    [InlineData(DrillProfile.FreeBsd, "STANDARD=1", "listen")]
    [InlineData(DrillProfile.FreeBsd, "OTHER", "close")]
    [InlineData(DrillProfile.Linux, "", "")]
    [InlineData(DrillProfile.Linux, "STANDARD", "listen")]
    public void One_branch_is_read_at_most(DrillProfile profile, string define, string calls)
    {
        Script script = ScriptDefines.Read(
            Branches, "branches.pkt", new DrillOptions { Profile = profile, Defines = define.Length == 0 ? [] : [define] });
        Assert.Equal(calls, string.Join(' ', script.Events.Skip(1).Select(static next => ((CallEvent)next).Call.Name)));
    }
}
