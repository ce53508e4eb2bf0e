using UserNet.Samples.Faces;
using Xunit;

namespace UserNet.Tests.Samples;

/// <summary>The examples of the faces' documents run, and say what docs/bind.md says they do.</summary>
public sealed class FacesSampleTests
{
    [Fact]
    public void The_page_shows_what_the_examples_print() =>
        new PageProgram("bind.md", "").AssertPrints(static console => console.Write(Of().TrimEnd('\n') + "\n"));

    [Fact]
    public void An_example_alone_prints_its_own_part()
    {
        string[] parts = Of().TrimEnd('\n').Split("\n\n");
        Assert.Equal(5, parts.Length);
        Assert.All(parts, static part => Assert.Equal(part, Of(part[..part.IndexOf(':', StringComparison.Ordinal)]).TrimEnd('\n')));
    }

    [Fact]
    public async Task The_program_prints_the_same_when_it_is_run()
    {
        string printed = await DotnetCommand.RunAsync(AppContext.BaseDirectory, typeof(CommandLine).Assembly.Location, "wsk");
        Assert.Equal(Of("wsk").TrimEnd(), printed.ReplaceLineEndings("\n").TrimEnd());
    }

    [Fact]
    public void A_face_that_there_is_not_is_a_complaint()
    {
        var errors = new StringWriter { NewLine = "\n" };
        Assert.Equal(2, CommandLine.Run(["posix", "berkeley"], TextWriter.Null, errors));
        Assert.Equal("'berkeley' is none of posix, winsock, wsp, wsk, dotnet.\n", errors.ToString());
    }

    private static string Of(params string[] faces)
    {
        var console = new StringWriter { NewLine = "\n" };
        Assert.Equal(0, CommandLine.Run(faces, console, TextWriter.Null));
        return console.ToString();
    }
}
