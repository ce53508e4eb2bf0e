namespace UserNet.Tests.Architecture;

/// <summary>A type's full name; a nested one has its outermost type's namespace, and is written Outer+Inner.</summary>
internal readonly record struct TypeName(string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";
}

/// <summary>One place in an assembly that names a type, and perhaps a member of it.</summary>
/// <param name="From">The type whose code or declaration it is.</param>
/// <param name="Where">The member of it, or empty for the declaration itself.</param>
/// <param name="To">The type named.</param>
/// <param name="Member">The member named, or null.</param>
/// <param name="IsDispatched">True for a call that goes by the object's type, and not by a generic parameter's.</param>
internal readonly record struct Reference(
    TypeName From, string Where, TypeName To, string? Member = null, bool IsDispatched = false)
{
    public override string ToString() =>
        $"{From}{(Where.Length == 0 ? "" : $".{Where}")} -> {To}{(Member is null ? "" : $".{Member}")}";
}
