using Xunit;

namespace UserNet.Tests.Samples;

public sealed class SixthVersionPageTests
{
    private readonly PageProgram _program = new("lab.md", "SixthVersionPageProgram.cs");

    [Fact]
    public void The_page_s_program_is_the_one_that_compiles_here() => _program.AssertIsShown();

    [Fact]
    public void The_page_s_program_prints_what_the_page_says() => _program.AssertPrints(SixthVersionPageProgram.Run);
}
