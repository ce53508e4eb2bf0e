using Xunit;

namespace UserNet.Tests.Infrastructure;

/// <summary>Tests that measure the whole process: none runs while others do.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess;
